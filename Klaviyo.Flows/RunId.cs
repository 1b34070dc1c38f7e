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

    /// <summary>Writes the id as text, in hexadecimal.</summary>
    public override string ToString() => Value.ToString("x", CultureInfo.InvariantCulture);
}
