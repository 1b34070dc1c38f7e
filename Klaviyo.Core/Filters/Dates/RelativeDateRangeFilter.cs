namespace Klaviyo;

/// <summary>Matches dates between two distances before T: (T − the longer, T − the shorter].</summary>
public sealed record RelativeDateRangeFilter : WindowDateFilter
{
    private readonly ValueList<TimeStep> _edges;

    /// <summary>Creates the filter <c>between</c>.</summary>
    /// <param name="start">One distance in units; the order of the two does not matter.</param>
    /// <param name="end">The other distance in units.</param>
    /// <param name="unit">The unit of both.</param>
    /// <exception cref="ArgumentOutOfRangeException">A distance is negative.</exception>
    public RelativeDateRangeFilter(int start, int end, TimeUnit unit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(end);
        Start = start;
        End = end;
        Unit = unit;
        _edges = [new(-Math.Max(start, end), unit), new(-Math.Min(start, end), unit)];
    }

    /// <summary>Gets the first distance, as it was given.</summary>
    public int Start { get; }

    /// <summary>Gets the second distance, as it was given.</summary>
    public int End { get; }

    /// <summary>Gets the unit of both.</summary>
    public TimeUnit Unit { get; }

    /// <inheritdoc/>
    public override string Words =>
        $"between {UnitWords.Of(Math.Min(Start, End), Unit)} and {UnitWords.Of(Math.Max(Start, End), Unit)} ago";

    internal override ReadOnlySpan<TimeStep> Edges => _edges.AsSpan();

    /// <inheritdoc/>
    public override TimeRange RangeAt(in EvaluationContext context)
    {
        return new TimeRange(
            _edges[0].From(context.At, context.Zone).PlusMs(1),
            _edges[1].From(context.At, context.Zone));
    }
}
