using System.Globalization;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.Tracing;

namespace Klaviyo.Tests.Flows.Cases;

// All that is known of the flows of a store and of some people, as lines that two stores with the same history share: without
// addresses and slots, which the place in a log decides; without the numbers of runs, which are given in any order to the runs of
// different people that start at one instant; and without how often and when a run that awaits something was asked in vain. After an
// opening it is asked as of when it was asked last, since in that very millisecond more may have been written than it was told of. By
// then facts of later instants are known, and where one of them gives the wait another end, that answer is a record. A store that lives
// on asks as of those instants only, and has no such record. RestartTests shows it; nothing else differs, and neither does what follows.
internal static class FlowDump
{
    internal static List<string> Of(CustomerPlatform platform, params string[] people)
    {
        var lines = new List<string>();
        foreach (var state in Lanes(platform))
        {
            lines.AddRange(Runs(state, whole: false));
            lines.AddRange(Messages(state, whole: false));
        }

        foreach (var flow in platform.Flows)
        {
            lines.AddRange(Counts(platform.FlowStats(flow.Name)));
        }

        foreach (var who in people)
        {
            if (platform.Profile(who) is { } profile)
            {
                lines.Add($"{who}: {string.Join(", ", profile.Properties.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}"))}; "
                    + $"{string.Join(", ", profile.Metrics.Keys.Order())}; {string.Join(", ", profile.Lists.OrderBy(l => l.Key, StringComparer.Ordinal))}");
                lines.AddRange(Lanes(platform).SelectMany((_, lane) => Entries(platform, lane, profile.Id)));
            }
        }

        return lines;
    }

    // All that ever happened to the runs of each profile and to what they sent, as the log has it, but for being asked in vain.
    internal static List<string> Deeds(CustomerPlatform platform)
    {
        var lines = new List<string>();
        for (var lane = 0; lane < platform.Store.LaneCount; lane++)
        {
            var deeds = new SortedDictionary<(int Ordinal, long Run), List<string>>();
            var profiles = new Dictionary<long, int>();
            platform.Store.ReadExtension(lane, record => TransitionLog.Read(record, t =>
            {
                if (t.Kind == DecisionKind.Trigger)
                {
                    profiles[t.Run] = t.Start.Ordinal;
                    deeds[(t.Start.Ordinal, t.Run)] = [];
                }

                if (t.Kind != DecisionKind.Await)
                {
                    var variables = t.Variables is null ? "" : Variables(t.Variables);
                    var attempt = t.IsOfMessage ? $" {t.Seq}" : "";
                    deeds[(profiles[t.Run], t.Run)].Add(
                        $"{t.Kind}{attempt} {t.At} {t.From} {t.To} {t.Due} {t.Reason} {t.Detail} {variables} {t.Start with { Trigger = null }}");
                }
            }), default);
            lines.AddRange(deeds.SelectMany(d => d.Value.Select(deed => $"{lane}/{d.Key.Ordinal}: {deed}")));
        }

        return lines;
    }

    // The state of one lane, with what it counts.
    internal static List<string> OfState(LaneState state)
    {
        var counts = state.Plans.InOrder().SelectMany(plan => plan.Tallies.Select(t =>
            $"{plan.Flow}/{plan.Version} {t.Step}: ended {t.Tally.Ended}, "
            + string.Join(", ", Enum.GetValues<DecisionKind>().Where(k => t.Tally[k] > 0).Select(k => $"{k} {t.Tally[k]}")) + "; "
            + string.Join(", ", Enum.GetValues<SkipReason>().Where(r => r != SkipReason.None && t.Tally[r] > 0).Select(r => $"{r} {t.Tally[r]}"))));
        return [.. Runs(state, whole: true), .. Messages(state, whole: true), .. counts];
    }

    internal static IEnumerable<LaneState> Lanes(CustomerPlatform platform) =>
        ((FlowExtension)platform.Store.Extension!).Lanes.Select(l => l.State);

    private static IEnumerable<string> Runs(LaneState state, bool whole)
    {
        return Used(state.Runs.End, state.Runs.IsUsed).OrderBy(slot => (state.Runs[slot].Ordinal, state.Runs[slot].Number)).Select(slot =>
        {
            var (run, detail) = (state.Runs[slot], state.DetailOf(slot));
            var plan = state.Plans[run.Plan];
            var numbers = whole ? $"{run.Number}/{run.Seq} asked {detail?.Asked} " : "";
            var due = run.Status == RunStatus.Awaiting ? detail!.Due : run.Due;
            var rest = detail is null ? "" : $" {detail.Arrived} {detail.Reason} {Variables(detail.Variables)}";
            return $"run {numbers}of {plan.Flow}/{plan.Version} of {run.Ordinal}: on {run.Step} {run.Status} {run.Entered} {due}{rest}";
        });
    }

    private static IEnumerable<string> Messages(LaneState state, bool whole)
    {
        return Used(state.Outbox.Messages.End, state.Outbox.Messages.IsUsed)
            .OrderBy(slot => (state.Outbox.Messages[slot].Ordinal, state.Outbox.Messages[slot].Run, state.Outbox.Messages[slot].Seq)).Select(slot =>
            {
                var message = state.Outbox.Messages[slot];
                var numbers = whole ? $"{message.Run}/{message.Seq} " : "";
                return $"message {numbers}of {message.Ordinal}: {message.Step} {message.Status} {message.Attempts} {message.At} {message.Due} "
                    + $"{state.Outbox.Letters.GetValueOrDefault(slot)} {Variables(state.Outbox.VariablesOf(slot) ?? [])}";
            });
    }

    private static IEnumerable<string> Entries(CustomerPlatform platform, int lane, ProfileId profile)
    {
        return !platform.Store.TryFind(Identifier.Of(IdentifierKind.Id, profile.ToString()), out var at, out var ordinal) || at != lane ? []
            : Enumerable.Range(0, platform.AllFlows.Count).Select(flow => $"{ordinal} entered {flow}: {Lanes(platform).ElementAt(lane).LastEntry(flow, ordinal)}");
    }

    private static IEnumerable<string> Counts(FlowStats stats)
    {
        return stats.Steps.OrderBy(s => s.Key, StringComparer.Ordinal)
            .Select(s => $"{stats.Flow} {s.Key}: {string.Join(", ", s.Value.Where(c => c.Key != DecisionKind.Await).OrderBy(c => c.Key).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Key} {c.Value}")))}")
            .Append($"{stats.Flow}: {stats.Running} {stats.Pending} {string.Join(", ", stats.Skips.OrderBy(s => s.Key))}");
    }

    private static string Variables(PropertyMap variables) => string.Join(",", variables.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key}={v.Value}"));

    private static IEnumerable<int> Used(int end, Func<int, bool> isUsed) => Enumerable.Range(0, end).Where(isUsed);
}
