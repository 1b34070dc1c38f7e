using System.Globalization;

namespace Klaviyo;

/// <summary>Names an event within its store, for ever.</summary>
/// <param name="Value">The number behind the name; no meaning outside its store.</param>
/// <threadsafety>This type is an immutable value type.</threadsafety>
public readonly record struct EventId(long Value)
{
    /// <summary>Writes the id as text, in hexadecimal.</summary>
    public override string ToString() => Value.ToString("x", CultureInfo.InvariantCulture);
}
