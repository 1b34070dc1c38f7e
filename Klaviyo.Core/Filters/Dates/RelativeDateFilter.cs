namespace Klaviyo;

/// <summary>The operators of <see cref="RelativeDateFilter"/>.</summary>
public enum RelativeDateOperator
{
    /// <summary>(T − n units, T].</summary>
    InTheLast,

    /// <summary>(T, T + n units].</summary>
    InTheNext,

    /// <summary>At least so long ago: (−∞, T − n units].</summary>
    AtLeast,
}

/// <summary>Matches dates by their distance from T: in the last 30 days, in the next week, at least a year ago.</summary>
public sealed record RelativeDateFilter : WindowDateFilter
{
    internal static readonly OperatorNames<RelativeDateOperator> Names = new(
        ("in-the-last", RelativeDateOperator.InTheLast),
        ("in-the-next", RelativeDateOperator.InTheNext),
        ("at-least", RelativeDateOperator.AtLeast));

    private readonly ValueList<TimeStep> _edges;

    /// <summary>Creates a filter.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="quantity"/> is negative.</exception>
    public RelativeDateFilter(RelativeDateOperator @operator, int quantity, TimeUnit unit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(quantity);
        Operator = @operator;
        Quantity = quantity;
        Unit = unit;
        _edges = @operator switch
        {
            RelativeDateOperator.InTheLast => [new(-quantity, unit), default],
            RelativeDateOperator.InTheNext => [default, new(quantity, unit)],
            RelativeDateOperator.AtLeast => [new(-quantity, unit)],
            _ => throw new ArgumentOutOfRangeException(nameof(@operator), @operator, "Not an operator."),
        };
    }

    /// <summary>Gets the operator.</summary>
    public RelativeDateOperator Operator { get; }

    /// <summary>Gets how many units.</summary>
    public int Quantity { get; }

    /// <summary>Gets the unit.</summary>
    public TimeUnit Unit { get; }

    /// <inheritdoc/>
    public override string Words => Operator == RelativeDateOperator.AtLeast
        ? $"at least {UnitWords.Of(Quantity, Unit)} ago"
        : $"{Names.WordsOf(Operator)} {UnitWords.Of(Quantity, Unit)}";

    internal override ReadOnlySpan<TimeStep> Edges => _edges.AsSpan();

    /// <inheritdoc/>
    public override TimeRange RangeAt(in EvaluationContext context)
    {
        var at = context.At;
        return Operator switch
        {
            RelativeDateOperator.InTheLast => new TimeRange(Edge(-Quantity, context).PlusMs(1), at),
            RelativeDateOperator.InTheNext => new TimeRange(at.PlusMs(1), Edge(Quantity, context)),
            _ => new TimeRange(Instant.MinValue, Edge(-Quantity, context)),
        };
    }

    private Instant Edge(int quantity, in EvaluationContext context) => context.Zone.Plus(context.At, quantity, Unit);
}
