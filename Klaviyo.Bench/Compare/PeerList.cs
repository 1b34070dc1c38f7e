using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare;

/// <summary>The peers by name.</summary>
internal static class PeerList
{
    private static readonly (string Name, Func<Subject> Make)[] All = [];

    internal static string[] Names { get; } = [.. All.Select(p => p.Name)];

    internal static IEnumerable<Subject> Of(IReadOnlyList<string> names) =>
        All.Where(p => names.Contains(p.Name)).Select(p => p.Make());
}
