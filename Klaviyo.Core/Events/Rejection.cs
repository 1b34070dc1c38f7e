namespace Klaviyo;

/// <summary>Input that was refused: where, and why.</summary>
/// <param name="Line">The line or position in its batch, from 1; 0 where there is only one.</param>
/// <param name="Field">The field, e.g. <c>properties.value</c>; empty where the whole record is meant.</param>
/// <param name="Reason">One sentence that says what is wrong and what would be right.</param>
public sealed record Rejection(long Line, string Field, string Reason)
{
    /// <summary>Writes one line for people.</summary>
    public override string ToString()
    {
        var place = Line > 0 ? $"line {Line}" : "input";
        return Field.Length > 0 ? $"{place}, {Field}: {Reason}" : $"{place}: {Reason}";
    }
}
