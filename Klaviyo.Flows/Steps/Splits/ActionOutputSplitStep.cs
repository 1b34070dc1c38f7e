using Klaviyo.Flows.Timers;

namespace Klaviyo;

/// <summary>Goes one way or the other by what the last action of the run put out.</summary>
/// <remarks>
/// Output is an event of the profile of the metric <see cref="Metric"/>: a host function or the receiver of a webhook tracks it,
/// with what it puts out as properties. What counts is what happens from the last call of a function or webhook on, or from when
/// the run entered where there was none. The step waits for the first, at most <see cref="TimeoutMs"/>; without any the condition
/// does not hold.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ActionOutputSplitStep : SplitStep
{
    /// <summary>The metric of what actions put out.</summary>
    public const string Metric = "Action Output";

    // Since when outputs count, and how many of that millisecond were there before.
    private const string Variable = "$called";

    /// <inheritdoc/>
    public override string Type => "action-output-split";

    /// <summary>Gets the condition; null in a draft.</summary>
    public Condition? Filter { get; init; }

    /// <summary>Gets how long to wait for the output, in milliseconds.</summary>
    /// <value>The default is an hour.</value>
    public long TimeoutMs { get; init; } = Lengths.HourMs;

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context)
    {
        var outputs = Outputs(context);
        if (outputs.IsEmpty)
        {
            var due = context.Arrived.PlusMs(TimeoutMs);
            return due <= context.At ? Decision.Branch(holds: false) : Decision.Await(due);
        }

        var last = outputs[^1];
        return Decision.Branch(Filter!.Holds(context.EvaluationOfRun() with { Output = last }));
    }

    /// <summary>Gets what was put out since the last call. Valid until the next question to the history.</summary>
    internal static ReadOnlySpan<EventRow> Outputs(in StepContext context)
    {
        var called = context.Variables[Variable] is { Kind: PropertyKind.List } call ? call.AsList() : [context.Entered, 0];
        var outputs = context.Facts.History.Events(Metric, new TimeRange(called[0].AsInstant(), context.At));
        return outputs[Math.Min((int)called[1].AsNumber(), outputs.Length)..];
    }

    /// <summary>Gets the decision to call what puts out, which says that earlier output does not count any more.</summary>
    internal static Decision Call(in StepContext context)
    {
        if (context.Definition is not { } flow || !flow.Steps.Any(s => s is ActionOutputSplitStep))
        {
            return Decision.Send;
        }

        var before = context.Facts.History.Events(Metric, new TimeRange(context.At, context.At)).Length;
        return Decision.Send.With(new PropertyMap { [Variable] = (PropertyValue[])[context.At, before] });
    }
}
