using System.Collections.Frozen;
using System.Globalization;
using Klaviyo.Flows.Definitions.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions;

/// <summary>The flows of a store, by number, name and what triggers them.</summary>
/// <threadsafety>Readers see one immutable edition after the other; <see cref="Define"/> is called by one thread at a time.</threadsafety>
internal sealed class FlowBook(CustomerPlatformOptions options)
{
    /// <summary>The kind of definition that is a version of a flow.</summary>
    internal const string FlowKind = "flow";

    /// <summary>The kind of definition that pauses or resumes a flow.</summary>
    internal const string StateKind = "flow-state";

    /// <summary>The kind of definition that archives, restores or deletes a flow.</summary>
    internal const string LifeKind = "flow-life";

    /// <summary>The kind of definition that says for which version of a flow the next instants of all profiles are known.</summary>
    internal const string ArmedKind = "flow-armed";

    /// <summary>The kind of definition that begins a migration of the runs of a flow.</summary>
    internal const string MigrationKind = "flow-migration";

    /// <summary>The kind of definition that says that the migration is done.</summary>
    internal const string MigratedKind = "flow-migrated";

    /// <summary>The kind of definition that begins an enrolment from history.</summary>
    internal const string BackPopulationKind = "flow-back-population";

    /// <summary>The kind of definition that says that the enrolment is done.</summary>
    internal const string BackPopulatedKind = "flow-back-populated";

    /// <summary>The definition that pauses.</summary>
    internal const string PausedState = "paused";

    /// <summary>The definition that resumes.</summary>
    internal const string LiveState = "live";

    private volatile Edition _edition = new([]);

    /// <summary>Gets the flows, by number.</summary>
    internal IReadOnlyList<Flow> Flows => _edition.Flows;

    /// <summary>Gets the flows that an event of a metric may start, paused and archived ones not.</summary>
    internal IReadOnlyList<Flow> OfMetric(string metric) => _edition.ByMetric.GetValueOrDefault(metric, []);

    /// <summary>Gets the flows that a list may start, paused and archived ones not.</summary>
    internal IReadOnlyList<Flow> OfList(string list) => _edition.ByList.GetValueOrDefault(list, []);

    /// <summary>Gets the flows that a segment may start, paused and archived ones not.</summary>
    internal IReadOnlyList<Flow> OfSegment(string segment) => _edition.BySegment.GetValueOrDefault(segment, []);

    /// <summary>Gets the flows that a change of a property may start, paused and archived ones not.</summary>
    internal IReadOnlyList<Flow> OfProperty(string property) => _edition.ByProperty.GetValueOrDefault(property, []);

    /// <summary>Gets whether a change of any property may start a flow.</summary>
    internal bool HasPropertyTriggers => _edition.ByProperty.Count > 0;

    /// <summary>Gets the flows that the clock starts, also paused ones, whose next instants are to be known, but none that is archived.</summary>
    internal IReadOnlyList<Flow> Timed => _edition.Timed;

    /// <summary>Gets a flow by number.</summary>
    internal Flow this[int number] => _edition.Flows[number];

    /// <summary>Finds a flow by name; a deleted one as long as no other has its name.</summary>
    internal Flow? Find(string name) => Array.FindLast(_edition.Flows, f => string.Equals(f.Name, name, StringComparison.Ordinal));

    /// <summary>Reads a definition for this store.</summary>
    /// <exception cref="DefinitionException">Not JSON, or not a definition.</exception>
    internal FlowDefinition Read(string text, string name) => FlowJson.Parse(text, name, options.Environment);

    /// <summary>Makes a definition ready to run, to find out whether it can be.</summary>
    /// <exception cref="DefinitionException">It cannot.</exception>
    internal FlowVersion Check(FlowDefinition definition) =>
        FlowVersion.Of(definition, 0, options.Templates, lenient: false, options.StepFor, options.Unsubscribe is not null);

    /// <summary>Takes a definition that was stored.</summary>
    internal void Define(string kind, string name, string definition, Instant at)
    {
        switch (kind)
        {
            case FlowKind:
                Add(name, definition, at);
                break;
            case StateKind when Find(name) is { } flow:
                Replace(flow.With(definition == PausedState, at));
                break;
            case LifeKind when Find(name) is { } flow:
                Replace(flow.With(FlowLifeText.Parse(definition), at));
                break;
            case ArmedKind when Find(name) is { } flow:
                Replace(flow.WithArmed(int.Parse(definition, CultureInfo.InvariantCulture)));
                break;
            case MigrationKind when Find(name) is { } flow:
                Replace(flow.With(MigrationJson.Read(definition)));
                break;
            case MigratedKind when Find(name) is { } flow:
                Replace(flow.With(migration: null));
                break;
            case BackPopulationKind when Find(name) is { } flow:
                Replace(flow.With(BackPopulationJson.Read(definition)));
                break;
            case BackPopulatedKind when Find(name) is { } flow:
                Replace(flow.With(backPopulation: null));
                break;
            default:
                break;
        }
    }

    private void Add(string name, string definition, Instant at)
    {
        var known = Find(name) is { IsDeleted: false } flow ? flow : null;
        var version = Version(name, (known?.Latest.Number ?? 0) + 1, definition, at);
        Replace(known?.With(version) ?? Flow.Of(_edition.Flows.Length, version));
    }

    // A template may be gone since: the messages that need it are skipped. What another version of the host stored and this one
    // refuses is alone with it. The store opens.
    private FlowVersion Version(string name, int number, string definition, Instant at)
    {
        try
        {
            return FlowVersion.Of(
                Read(definition, name), number, options.Templates, lenient: true, options.StepFor, options.Unsubscribe is not null, at);
        }
        catch (DefinitionException refused)
        {
            return FlowVersion.Unreadable(name, number, at, refused);
        }
    }

    private void Replace(Flow flow)
    {
        Flow[] flows = flow.Number < _edition.Flows.Length ? [.. _edition.Flows] : [.. _edition.Flows, flow];
        flows[flow.Number] = flow;
        _edition = new Edition(flows);
    }

    private sealed class Edition(Flow[] flows)
    {
        internal Flow[] Flows { get; } = flows;

        internal FrozenDictionary<string, Flow[]> ByMetric { get; } = By(flows, Metric);

        internal FrozenDictionary<string, Flow[]> ByList { get; } = By(flows, t => (t as ListTrigger)?.List);

        internal FrozenDictionary<string, Flow[]> BySegment { get; } = By(flows, t => (t as SegmentTrigger)?.Segment);

        internal FrozenDictionary<string, Flow[]> ByProperty { get; } =
            By(flows, t => (t as PropertyChangedTrigger)?.Property);

        internal Flow[] Timed { get; } = [.. flows.Where(f => f.Life == FlowLife.Live && f.Latest.Definition.Triggers.Any(t => t is TimedTrigger))];

        private static string? Metric(FlowTrigger trigger)
        {
            return trigger switch
            {
                MetricTrigger metric => metric.Metric,
                ApiTrigger => ApiTrigger.Metric,
                _ => null,
            };
        }

        private static FrozenDictionary<string, Flow[]> By(Flow[] flows, Func<FlowTrigger, string?> key)
        {
            return flows
                .Where(f => f.Starts)
                .SelectMany(f => f.Latest.Definition.Triggers.Select(key).OfType<string>().Distinct().Select(k => (Flow: f, Key: k)))
                .GroupBy(pair => pair.Key, pair => pair.Flow, StringComparer.Ordinal)
                .ToFrozenDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        }
    }
}
