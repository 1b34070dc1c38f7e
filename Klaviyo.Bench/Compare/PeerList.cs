using Klaviyo.Bench.Compare.Subjects;
using Klaviyo.Bench.Compare.Works;

namespace Klaviyo.Bench.Compare;

/// <summary>The peers by name.</summary>
internal static class PeerList
{
    private static readonly (string Name, Func<Subject> Make)[] All =
    [
        ("sqlite", () => new SqliteSubject()),
        ("rocksdb", () => new RocksDbSubject()),
        ("duckdb", () => new DuckDbSubject(unique: false)),
        ("litedb", () => new LiteDbSubject()),
    ];

    /// <summary>Gets the names: of the databases, and of what is compared with flows.</summary>
    internal static string[] Names { get; } = [.. All.Select(p => p.Name), HangfireJobs.Name];

    internal static IEnumerable<Subject> Of(IReadOnlyList<string> names) =>
        All.Where(p => names.Contains(p.Name)).Select(p => p.Make());

    /// <summary>Gets further ways to use peers, which are compared at ingest only.</summary>
    internal static IEnumerable<Subject> OfIngest(IReadOnlyList<string> names) =>
        names.Contains("duckdb") ? [new DuckDbSubject(unique: true)] : [];
}
