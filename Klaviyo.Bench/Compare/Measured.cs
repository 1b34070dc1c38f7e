namespace Klaviyo.Bench.Compare;

/// <summary>The values of one work, subject by subject, before they are put in proportion to ours.</summary>
internal sealed class Measured(string work, string unit, bool lessIsBetter, long events)
{
    private readonly List<(string Subject, double? Value, string Note)> _values = [];

    internal void Add(string subject, double? value, string note = "") => _values.Add((subject, value, note));

    /// <summary>Gets the rows: ours first, then the peers in the order of their names.</summary>
    internal IEnumerable<CompareRow> Rows()
    {
        var ours = _values.Find(v => v.Subject == Subjects.Subject.Ours).Value;
        return _values
            .OrderBy(v => v.Subject != Subjects.Subject.Ours)
            .ThenBy(v => v.Subject, StringComparer.Ordinal)
            .Select(v => new CompareRow(work, v.Subject, events, v.Value, unit, Ratio(ours, v.Value), v.Note));
    }

    private double? Ratio(double? ours, double? theirs) => lessIsBetter ? theirs / ours : ours / theirs;
}
