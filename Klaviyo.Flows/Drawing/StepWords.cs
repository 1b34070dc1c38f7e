using System.Globalization;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Drawing;

/// <summary>Says steps, triggers and conditions in few words.</summary>
internal static class StepWords
{
    private const int ConditionMax = 120;

    /// <summary>Says what a step does.</summary>
    internal static string Of(Step step)
    {
        return step switch
        {
            TimeDelayStep wait => $"Wait {LengthOf(wait)}" + Until(wait.UntilTime, wait.UntilWeekdays),
            RandomDelayStep => "Wait a random time",
            WaitForWindowStep window => Invariant($"Wait for {window.From:HH:mm}–{window.Until:HH:mm}"),
            WaitUntilStep => "Wait until …",
            CountdownDelayStep wait => $"Wait until {Count(wait.Value, wait.Unit)} before the date"
                + Until(wait.UntilTime, wait.UntilWeekdays),
            TargetDateStep wait => "Wait until the date" + Until(wait.UntilTime, wait.UntilWeekdays),
            BackInStockDelayStep => "Wait until it is in stock again",
            RateLimitStep rate => $"Let {Of(rate.Limit)} through",
            SendEmailStep email => $"E-mail: {email.SubjectLine}",
            SendSmsStep sms => $"SMS: {sms.Body}",
            SendWebhookStep hook => $"Webhook: {hook.Url}",
            SendInternalAlertStep alert => $"Alert: {alert.SubjectLine}",
            SendPushStep push => $"Push: {push.Title ?? push.Body}",
            CodeStep code => $"Call {code.Function}",
            SendWhatsAppStep text => text.Body.Length > 0 ? $"WhatsApp: {text.Body}" : "WhatsApp template",
            SendStep send => $"Send by {send.Channel}",
            UpdateProfileStep => "Update the profile",
            ListUpdateStep list => list.Member ? $"Add to {list.List}" : $"Take off {list.List}",
            TrackEventStep track => $"Track {track.Metric}",
            SubFlowStep sub => $"Start {sub.Flow}",
            ConditionalSplitStep { Filter: { } filter } => $"{Of(filter)}?",
            TriggerSplitStep { Filter: { } filter } => $"{Of(filter)}?",
            ActionOutputSplitStep { Filter: { } filter } => $"{Of(filter)}?",
            GoalStep goal => $"Goal: {Of(goal.Filter)}",
            MultiBranchSplitStep => "Which branch?",
            RandomSplitStep => "By chance",
            ExperimentStep => "Experiment",
            SwitchStep chosen => $"Which {chosen.Value.Path?.Text ?? "value"}?",
            SetVariableStep set => $"Remember {string.Join(", ", set.Variables.Select(v => v.Name))}",
            GotoStep goTo => goTo.Times == 1 ? $"Go to {goTo.Target}, once" : Invariant($"Go to {goTo.Target}, {goTo.Times} times"),
            JoinStep => "Meet",
            ExitStep => "End",
            _ => step.Type,
        };
    }

    /// <summary>Says a limit.</summary>
    internal static string Of(RateLimit limit)
    {
        var (length, unit) = limit.Window switch
        {
            var w when w.Ticks % TimeSpan.TicksPerDay == 0 => (w.TotalDays, "day"),
            var w when w.Ticks % TimeSpan.TicksPerHour == 0 => (w.TotalHours, "hour"),
            var w when w.Ticks % TimeSpan.TicksPerMinute == 0 => (w.TotalMinutes, "minute"),
            var w => (w.TotalSeconds, "second"),
        };
        return length == 1 ? Invariant($"at most {limit.Count} a {unit}") : Invariant($"at most {limit.Count} in {length} {unit}s");
    }

    /// <summary>Says when a profile may enter again.</summary>
    internal static string Of(ReentryCriteria criteria)
    {
        return criteria switch
        {
            { IsAlways: true } => "may enter again at any time",
            { Unit: ReentryUnit.Alltime } => "enters once",
            _ => $"may enter again {Count(criteria.Duration, criteria.Unit)} after it entered",
        };
    }

    /// <summary>Says what a run does when the message of a step is not delivered; null where it just goes on.</summary>
    internal static string? OnError(Step step)
    {
        return step switch
        {
            SendStep { OnError: ErrorPolicy.Exit } => "ends where it is not delivered",
            SendStep { OnError: ErrorPolicy.Park } => "parked where it is not delivered",
            _ => null,
        };
    }

    /// <summary>Says what starts runs.</summary>
    internal static string Of(FlowTrigger trigger)
    {
        return trigger switch
        {
            MetricTrigger metric => metric.Metric + (metric.Filter is { } filter ? $", if {Of(filter)}" : "") + KeyOf(metric),
            ListTrigger list => $"Comes onto the list {list.List}",
            SegmentTrigger segment => $"{(segment.OnExit ? "Leaves" : "Enters")} the segment {segment.Segment}",
            PropertyChangedTrigger changed => $"{changed.Property} changes",
            ScheduleTrigger schedule => $"Schedule {schedule.Cron}",
            ProfileDateTrigger date => Of(date, $"the date {date.Property.Text}"),
            ObjectDateTrigger date => Of(date, $"the date {date.Property.Text} of a {date.ObjectType}"),
            ApiTrigger api => "Started by the host" + KeyOf(api),
            _ => $"Trigger: {trigger.Type}",
        };
    }

    /// <summary>Says what a condition asks.</summary>
    internal static string Of(Condition condition)
    {
        try
        {
            // The words of a condition stand in its explanation, and need nobody's history.
            var nobody = new EvaluationContext(NobodysHistory.Instance, Instant.MinValue.PlusMs(1), AccountZone.Of("UTC"));
            var words = Of(condition.Explain(nobody), isInner: false);
            return words.Length <= ConditionMax ? words : $"{words[..ConditionMax]}…";
        }
        catch (InvalidOperationException)
        {
            return "a condition without meaning here";
        }
    }

    /// <summary>Gets the exits of a step that a run may take: when, and where to; null ends the run.</summary>
    internal static IEnumerable<(string Words, string? To)> Exits(Step step)
    {
        return step switch
        {
            TriggerSplitStep or ConditionalSplitStep or ActionOutputSplitStep => Named(step, "yes", "no"),
            MultiBranchSplitStep split => split.Branches.Select(b => (b.Name ?? b.Id, b.Next))
                .Concat(split.Branches.Any(b => b.IsElse) ? [] : [("else", (string?)null)]),
            WaitUntilStep wait => wait.Branches.Select(b => (b.Id, b.Next))
                .Concat(wait.TimeoutMs is null ? [] : [("timeout", wait.Next)]),
            RandomSplitStep split => split.Branches.Select(b =>
                (Invariant($"{b.Id} {100 * b.Weight / split.Branches.Sum(w => w.Weight):0.#} %"), b.Next)),
            SwitchStep chosen => chosen.Cases.Select(c => (c.Value.ToString(), c.Next)).Append(("else", chosen.Next)),
            GotoStep goTo => [("then", goTo.Next), ("again", goTo.Target)],
            GoalStep { Otherwise: GoalOtherwise.Exit } goal => [("reached", goal.Next), ("not reached", null)],
            GoalStep goal => [("", goal.Next)],
            SendStep { OnError: ErrorPolicy.Exit } send => [("delivered", send.Next), ("not delivered", null)],
            ExperimentStep test => test.Links.Select((to, i) => (i == 0 ? "off" : i == 1 ? "main" : test.NameOf(i - 2), to)),
            _ => step.Links.Select(to => ("", to)),
        };
    }

    private static IEnumerable<(string Words, string? To)> Named(Step step, params string[] words) =>
        step.Links.Select((to, i) => (words[i], to));

    private static string KeyOf(FlowTrigger trigger) => trigger.KeyPath is { } key ? $", one run of each {key.Text}" : "";

    private static string Of(DateTrigger date, string what)
    {
        var before = date.Before == 0 ? "On " : $"{Count(date.Before, date.Unit)} before ";
        return Invariant($"{before}{what}, {date.Recurrence.ToString().ToLowerInvariant()}, {date.Time:HH:mm}");
    }

    private static string Of(Explanation part, bool isInner)
    {
        if (part.Parts.Count == 0)
        {
            return part.Condition;
        }

        if (part is { Condition: "not", Parts: [var negated] })
        {
            return $"not {Of(negated, isInner: true)}";
        }

        if (part.Condition is not ("all of" or "any of"))
        {
            return part.Condition;
        }

        var inner = part.Parts.Count > 1;
        var words = string.Join(part.Condition == "all of" ? " and " : " or ", part.Parts.Select(p => Of(p, inner || isInner)));
        return inner && isInner ? $"({words})" : words;
    }

    // The second length is in the next smaller unit.
    private static string LengthOf(TimeDelayStep wait)
    {
        var first = Count(wait.Value, wait.Unit);
        return wait.SecondaryValue is not > 0 || wait.Unit == DelayUnit.Minutes ? first
            : wait.Value == 0 ? Count(wait.SecondaryValue.Value, wait.Unit + 1)
            : $"{first} {Count(wait.SecondaryValue.Value, wait.Unit + 1)}";
    }

    private static string Count<TUnit>(int count, TUnit unit)
        where TUnit : struct, Enum
    {
        var one = unit.ToString().ToLowerInvariant().TrimEnd('s');
        return count == 1 ? $"1 {one}" : Invariant($"{count} {one}s");
    }

    private static string Until(TimeOnly? time, ValueList<DayOfWeek> days)
    {
        var words = time is { } at ? Invariant($", until {at:HH:mm}") : "";
        return days.Count == 0 ? words : $"{words} on {string.Join(", ", days.Select(d => d.ToString()[..3]))}";
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
