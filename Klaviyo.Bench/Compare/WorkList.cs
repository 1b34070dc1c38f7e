using Klaviyo.Bench.Compare.Works;

namespace Klaviyo.Bench.Compare;

/// <summary>The works by name, in the order in which they are done.</summary>
internal static class WorkList
{
    private static readonly (string Name, Func<Work> Make)[] All =
    [
        ("ingest", () => new IngestWork()),
        ("point", () => new PointWork()),
        ("cold", () => new ColdWork()),
        ("report", () => new ReportWork()),
        ("segment", () => new SegmentWork()),
        ("segment-live", () => new LiveSegmentWork()),
        ("segment-exits", () => new SegmentExitWork()),
        ("single", () => new SingleWork()),
        ("concurrent", () => new ConcurrentWork()),
        ("memory", () => new MemoryWork()),
        ("reopen", () => new ReopenWork()),
        ("flow", () => new FlowWork()),
        ("scale", () => new ScaleWork()),
    ];

    internal static string[] Names { get; } = [.. All.Select(w => w.Name)];

    internal static IEnumerable<Work> Of(IReadOnlyList<string> names) =>
        All.Where(w => names.Contains(w.Name)).Select(w => w.Make());
}
