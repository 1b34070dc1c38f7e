namespace Klaviyo;

/// <summary>One number, or one value, that is made of many events.</summary>
/// <remarks>
/// <para>Its text is <c>count</c>, <c>sum</c>, <c>min</c>, <c>max</c>, <c>avg</c>, <c>first</c>, <c>last</c> or
/// <c>distinct</c>; with a property, <c>sum:Quantity</c>. Without one, the value of the event is meant.</para>
/// <para>Sum, min, max and avg take numbers and pass over everything else. First, last and distinct take any value that is
/// not null. Count counts events, with a property those that have it.</para>
/// </remarks>
/// <param name="Kind">What is made.</param>
/// <param name="Property">The property of the event; null for its value.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record Measure(MeasureKind Kind, PropertyPath? Property)
{
    internal static readonly OperatorNames<MeasureKind> Names = new(
        ("count", MeasureKind.Count),
        ("sum", MeasureKind.Sum),
        ("min", MeasureKind.Min),
        ("max", MeasureKind.Max),
        ("avg", MeasureKind.Average),
        ("first", MeasureKind.First),
        ("last", MeasureKind.Last),
        ("distinct", MeasureKind.Distinct));

    /// <summary>Creates a measure of the events' values.</summary>
    public Measure(MeasureKind kind)
        : this(kind, null)
    {
    }

    /// <summary>Gets the number of events.</summary>
    public static Measure Count { get; } = new(MeasureKind.Count);

    /// <summary>Gets the sum of the values.</summary>
    public static Measure Sum { get; } = new(MeasureKind.Sum);

    /// <summary>Gets the smallest value.</summary>
    public static Measure Min { get; } = new(MeasureKind.Min);

    /// <summary>Gets the greatest value.</summary>
    public static Measure Max { get; } = new(MeasureKind.Max);

    /// <summary>Gets the mean of the values.</summary>
    public static Measure Average { get; } = new(MeasureKind.Average);

    /// <summary>Gets the value of the earliest event that has one.</summary>
    public static Measure First { get; } = new(MeasureKind.First);

    /// <summary>Gets the value of the latest event that has one.</summary>
    public static Measure Last { get; } = new(MeasureKind.Last);

    /// <summary>Converts text, e.g. <c>sum</c> or <c>distinct:Country</c>.</summary>
    /// <exception cref="FormatException">Not a measure.</exception>
    public static implicit operator Measure(string text) => Parse(text);

    /// <summary>Gets the number of different values of a property.</summary>
    public static Measure Distinct(PropertyPath property) => new(MeasureKind.Distinct, property);

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">Not a measure; the message lists them.</exception>
    public static Measure Parse(string text)
    {
        return TryParse(text, out var measure)
            ? measure!
            : throw new FormatException($"'{text}' is not a measure: {Names.All}; with a property, e.g. sum:Quantity.");
    }

    /// <summary>Reads the text form.</summary>
    /// <returns><see langword="false"/> if it is not one.</returns>
    public static bool TryParse(string? text, out Measure? measure)
    {
        measure = null;
        var colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        var name = colon < 0 ? text : text![..colon];
        if (name is null || colon == text!.Length - 1 || !Names.TryFind(name, out var kind))
        {
            return false;
        }

        measure = new Measure(kind, colon < 0 ? null : new PropertyPath(text[(colon + 1)..]));
        return true;
    }

    /// <summary>Writes the text form.</summary>
    public override string ToString() => Property is null ? Names.NameOf(Kind) : $"{Names.NameOf(Kind)}:{Property}";

    /// <summary>Measures events of one profile.</summary>
    /// <param name="rows">The events, by time, then arrival.</param>
    /// <param name="history">The profile, asked only where the measure has a property.</param>
    /// <returns>A number, or null; for first and last any value.</returns>
    internal PropertyValue Of(ReadOnlySpan<EventRow> rows, ProfileHistory history)
    {
        if (Kind == MeasureKind.Count && Property is null)
        {
            return rows.Length;
        }

        // The rows are copied, because asking the history for a property may reuse their memory.
        return Property is null ? Measurement.OfValues(Kind, rows) : Measurement.Of(Kind, Values(rows.ToArray(), history));
    }

    private PropertyValue[] Values(EventRow[] rows, ProfileHistory history) =>
        Array.ConvertAll(rows, row => Property!.Of(history, row));
}
