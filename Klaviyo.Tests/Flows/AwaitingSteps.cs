namespace Klaviyo.Tests.Flows;

// Steps that have no JSON, for what every step may use: being asked again, many ways on, variables, when the run arrived.
internal static class AwaitingSteps
{
    // Splits await their condition for ten hours, disabled webhooks tell what the run keeps.
    internal static Step For(Step step)
    {
        return step switch
        {
            ConditionalSplitStep split => new AwaitStep { Id = split.Id, Filter = split.Filter!, Exits = [split.NextIfTrue, null, split.NextIfFalse] },
            SendWebhookStep { Status: StepStatus.Disabled } webhook => new TellStep { Id = webhook.Id, Next = webhook.Next },
            _ => step,
        };
    }

    internal sealed record AwaitStep : Step
    {
        private const long PartMs = 150 * 60_000L;
        private const int Parts = 4;

        public override string Type => "await";

        public required Condition Filter { get; init; }

        public required ValueList<string?> Exits { get; init; }

        internal override ValueList<string?> Links => Exits;

        // By the first exit when the condition holds, by the third when it is time; in between every part of the wait is counted.
        internal override Decision Decide(in StepContext context)
        {
            var parts = (context.At.UnixMs - context.Arrived.UnixMs) / PartMs;
            if (Filter.Holds(context.Evaluation()))
            {
                return Decision.Branch(0).With(new PropertyMap { ["since"] = context.Arrived, ["until"] = context.At, ["parts"] = default });
            }

            if (parts >= Parts)
            {
                return Decision.Branch(2);
            }

            var await = Decision.Await(context.Arrived.PlusMs((parts + 1) * PartMs));
            return parts > 0 && context.Variables["parts"] != parts ? await.With(new PropertyMap { ["parts"] = parts }) : await;
        }
    }

    // Fails for as long as it is asked.
    internal sealed record FailingStep(Func<bool> Fails) : Step
    {
        public override string Type => "failing";

        public string? Next { get; init; }

        internal override ValueList<string?> Links => [Next];

        internal override Decision Decide(in StepContext context) =>
            Fails() ? throw new InvalidOperationException("Out of order.") : Decision.Branch(0);
    }

    internal sealed record TellStep : Step
    {
        public override string Type => "tell";

        public string? Next { get; init; }

        internal override ValueList<string?> Links => [Next];

        internal override Decision Decide(in StepContext context) => Decision.Skip(
            SkipReason.StepDisabled,
            $"{context.Arrived} {string.Join(" ", context.Variables.Select(v => $"{v.Key}={v.Value}"))}");
    }
}
