using System.Collections.Frozen;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions;

/// <summary>The flows of a store, by number, name, metric, list and segment.</summary>
/// <threadsafety>Readers see one immutable edition after the other; <see cref="Define"/> is called by one thread at a time.</threadsafety>
internal sealed class FlowBook(CustomerPlatformOptions options)
{
    /// <summary>The kind of definition that is a version of a flow.</summary>
    internal const string FlowKind = "flow";

    /// <summary>The kind of definition that pauses or resumes a flow.</summary>
    internal const string StateKind = "flow-state";

    /// <summary>The definition that pauses.</summary>
    internal const string PausedState = "paused";

    /// <summary>The definition that resumes.</summary>
    internal const string LiveState = "live";

    private volatile Edition _edition = new([]);

    /// <summary>Gets the flows, by number.</summary>
    internal IReadOnlyList<Flow> Flows => _edition.Flows;

    /// <summary>Gets the flows that an event of a metric may start, paused ones not.</summary>
    internal IReadOnlyList<Flow> OfMetric(string metric) => _edition.ByMetric.GetValueOrDefault(metric, []);

    /// <summary>Gets the flows that a list may start, paused ones not.</summary>
    internal IReadOnlyList<Flow> OfList(string list) => _edition.ByList.GetValueOrDefault(list, []);

    /// <summary>Gets the flows that a segment may start, paused ones not.</summary>
    internal IReadOnlyList<Flow> OfSegment(string segment) => _edition.BySegment.GetValueOrDefault(segment, []);

    /// <summary>Gets a flow by number.</summary>
    internal Flow this[int number] => _edition.Flows[number];

    /// <summary>Finds a flow by name.</summary>
    internal Flow? Find(string name) => _edition.Flows.FirstOrDefault(f => string.Equals(f.Name, name, StringComparison.Ordinal));

    /// <summary>Makes a definition ready to run, to find out whether it can be.</summary>
    /// <exception cref="DefinitionException">It cannot.</exception>
    internal FlowVersion Check(FlowDefinition definition) =>
        FlowVersion.Of(definition, 0, options.Templates, lenient: false, options.StepFor);

    /// <summary>Takes a definition that was stored.</summary>
    internal void Define(string kind, string name, string definition, Instant at)
    {
        switch (kind)
        {
            case FlowKind:
                Add(FlowJson.Parse(definition, name), at);
                break;
            case StateKind when Find(name) is { } flow:
                Replace(flow.With(definition == PausedState, at));
                break;
            default:
                break;
        }
    }

    private void Add(FlowDefinition definition, Instant at)
    {
        // A template may be gone since: the messages that need it are skipped, the store opens.
        var known = Find(definition.Name);
        var number = (known?.Latest.Number ?? 0) + 1;
        var version = FlowVersion.Of(definition, number, options.Templates, lenient: true, options.StepFor);
        Replace(known?.With(version) ?? Flow.Of(_edition.Flows.Length, version, at));
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

        internal FrozenDictionary<string, Flow[]> ByMetric { get; } =
            By(flows, f => (f.Latest.Definition.Trigger as MetricTrigger)?.Metric);

        internal FrozenDictionary<string, Flow[]> ByList { get; } =
            By(flows, f => (f.Latest.Definition.Trigger as ListTrigger)?.List);

        internal FrozenDictionary<string, Flow[]> BySegment { get; } =
            By(flows, f => (f.Latest.Definition.Trigger as SegmentTrigger)?.Segment);

        private static FrozenDictionary<string, Flow[]> By(Flow[] flows, Func<Flow, string?> key)
        {
            return flows
                .Where(f => !f.Paused && key(f) is not null)
                .GroupBy(f => key(f)!, StringComparer.Ordinal)
                .ToFrozenDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        }
    }
}
