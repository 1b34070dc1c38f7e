using Klaviyo.Bench.Compare.Works;

namespace Klaviyo.Bench.Compare;

/// <summary>The works by name, in the order in which they are done.</summary>
internal static class WorkList
{
    private static readonly (string Name, Func<Work> Make)[] All =
    [
        ("ingest", () => new IngestWork()),
        ("single", () => new SingleWork()),
        ("point", () => new PointWork()),
        ("memory", () => new MemoryWork()),
    ];

    internal static string[] Names { get; } = [.. All.Select(w => w.Name)];

    internal static IEnumerable<Work> Of(IReadOnlyList<string> names) =>
        All.Where(w => names.Contains(w.Name)).Select(w => w.Make());
}
