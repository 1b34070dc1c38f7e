using Klaviyo.Flows.Timers;

namespace Klaviyo;

/// <summary>Goes one way or the other by what the last action of the run put out.</summary>
/// <remarks>
/// Output is an event of the profile of the metric <see cref="Metric"/>: a host function or the receiver of a webhook tracks it,
/// with what it puts out as properties. The step waits for the first that happens from when the run entered on, at most
/// <see cref="TimeoutMs"/>; without any the condition does not hold.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ActionOutputSplitStep : SplitStep
{
    /// <summary>The metric of what actions put out.</summary>
    public const string Metric = "Action Output";

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
        var history = context.Facts.History;
        var outputs = history.Events(Metric, new TimeRange(context.Entered, context.At));
        if (outputs.IsEmpty)
        {
            var due = context.Arrived.PlusMs(TimeoutMs);
            return due <= context.At ? Decision.Branch(holds: false) : Decision.Await(due);
        }

        return Decision.Branch(Filter!.Holds(context.EvaluationOfRun() with { Output = outputs[^1] }));
    }
}
