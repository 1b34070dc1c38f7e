namespace Klaviyo.Flows.Templates;

/// <summary>What an <c>if</c> asks. <c>and</c> and <c>or</c> bind alike, from the right, as Liquid has it.</summary>
internal abstract record TemplateCondition
{
    internal abstract bool Holds(TemplateRun run);
}

/// <summary>A value that is neither nil nor false.</summary>
internal sealed record TruthCondition(TemplateExpression Value) : TemplateCondition
{
    internal override bool Holds(TemplateRun run) => Value.Evaluate(run).IsTruthy;
}

/// <summary>Two values that compare in some way.</summary>
internal sealed record ComparisonCondition(TemplateExpression Left, string Operator, TemplateExpression Right) : TemplateCondition
{
    /// <summary>The comparisons, longer ones before those that they begin with.</summary>
    internal static readonly string[] Operators = ["==", "!=", "<>", "<=", ">=", "<", ">"];

    internal override bool Holds(TemplateRun run)
    {
        var (left, right) = (Left.Evaluate(run), Right.Evaluate(run));
        return Operator switch
        {
            "==" => TemplateComparison.AreEqual(left, right, run),
            "!=" or "<>" => !TemplateComparison.AreEqual(left, right, run),
            "contains" => TemplateComparison.Contains(left, right, run),
            "<" => TemplateComparison.Order(left, right, run) < 0,
            "<=" => TemplateComparison.Order(left, right, run) <= 0,
            ">" => TemplateComparison.Order(left, right, run) > 0,
            ">=" => TemplateComparison.Order(left, right, run) >= 0,
            _ => throw new InvalidOperationException($"Unknown comparison {Operator}."),
        };
    }
}

/// <summary>Two conditions of which both, or one, must hold.</summary>
internal sealed record JunctionCondition(TemplateCondition Left, bool Both, TemplateCondition Right) : TemplateCondition
{
    internal override bool Holds(TemplateRun run) =>
        Both ? Left.Holds(run) && Right.Holds(run) : Left.Holds(run) || Right.Holds(run);
}
