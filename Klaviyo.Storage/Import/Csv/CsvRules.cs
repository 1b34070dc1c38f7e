namespace Klaviyo.Storage.Import;

/// <summary>A mapping as it was read, with columns by name.</summary>
internal sealed record CsvRules
{
    internal required IReadOnlyList<(IdentifierKind Kind, CsvColumn Column)> Profile { get; init; }

    /// <summary>Gets the metric of every row; null where a column holds it, or where rows are profiles.</summary>
    internal string? Metric { get; init; }

    internal CsvColumn? MetricColumn { get; init; }

    internal CsvTimeColumn? Time { get; init; }

    internal string? Value { get; init; }

    internal IReadOnlyList<CsvColumn> UniqueId { get; init; } = [];

    internal IReadOnlyList<(string Name, CsvColumn Column)> Properties { get; init; } = [];

    internal IReadOnlyList<(string Name, CsvColumn Column)> ProfileProperties { get; init; } = [];

    internal IReadOnlyList<(CsvColumn Column, IReadOnlyList<string> Texts)> SkipWhen { get; init; } = [];

    internal byte Delimiter { get; init; } = (byte)',';

    /// <summary>Gets the names of the columns; null where the first row holds them.</summary>
    internal IReadOnlyList<string>? Header { get; init; }

    internal bool IsOfProfiles => Metric is null && MetricColumn is null;
}
