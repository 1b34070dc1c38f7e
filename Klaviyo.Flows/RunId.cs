using System.Globalization;

namespace Klaviyo;

/// <summary>Names a run within its store, for ever.</summary>
/// <param name="Value">The number behind the name; no meaning outside its store.</param>
/// <threadsafety>This type is an immutable value type.</threadsafety>
public readonly record struct RunId(long Value)
{
    private const int LaneShift = 48;

    /// <summary>Gets the lane of the run.</summary>
    internal int Lane => (int)(Value >>> LaneShift);

    /// <summary>Gets the number of the run in its lane.</summary>
    internal long Number => Value & ((1L << LaneShift) - 1);

    /// <summary>Gets the id of a run of a lane.</summary>
    internal static RunId Of(int lane, long number) => new(((long)lane << LaneShift) | number);

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">Not a hexadecimal number of at most 16 digits.</exception>
    public static RunId Parse(string text)
    {
        return long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? new RunId(value)
            : throw new FormatException($"'{text}' is not the id of a run: a hexadecimal number is.");
    }

    /// <summary>Writes the id as text, in hexadecimal.</summary>
    public override string ToString() => Value.ToString("x", CultureInfo.InvariantCulture);
}
