using Klaviyo.Bench.Compare.Subjects;

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

    internal static string[] Names { get; } = [.. All.Select(p => p.Name)];

    internal static IEnumerable<Subject> Of(IReadOnlyList<string> names) =>
        All.Where(p => names.Contains(p.Name)).Select(p => p.Make());

    /// <summary>Gets further ways to use peers, which are compared at ingest only.</summary>
    internal static IEnumerable<Subject> OfIngest(IReadOnlyList<string> names) =>
        names.Contains("duckdb") ? [new DuckDbSubject(unique: true)] : [];
}
