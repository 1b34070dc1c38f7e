using System.Diagnostics.CodeAnalysis;

namespace Klaviyo.Storage.Import;

/// <summary>A mapping bound to the columns of one file: makes a write of a row.</summary>
/// <remarks>Columns are looked up once, here; a row is then read by index.</remarks>
/// <threadsafety>For one reader.</threadsafety>
internal sealed class CsvPlan
{
    private readonly bool _backfill;
    private readonly string? _metric;
    private readonly (IdentifierKind Kind, CsvCell Cell)[] _profile;
    private readonly CsvCell? _metricCell;
    private readonly CsvTime? _time;
    private readonly CsvExpression? _value;
    private readonly CsvCell[] _uniqueId;
    private readonly (string Name, CsvCell Cell)[] _properties;
    private readonly (string Name, CsvCell Cell)[] _profileProperties;
    private readonly (int Index, byte[][] Texts)[] _skipWhen;
    private readonly List<Identifier> _identifiers = [];
    private readonly string[] _parts;

    /// <summary>Binds a mapping.</summary>
    /// <exception cref="DefinitionException">The mapping names a column that is not there.</exception>
    internal CsvPlan(CsvRules rules, IReadOnlyList<string> header, bool backfill)
    {
        CsvCell Bind(CsvColumn column) => new(column, column.IndexIn(header));

        _backfill = backfill;
        _metric = rules.Metric;
        _metricCell = rules.MetricColumn is { } metric ? Bind(metric) : null;
        _profile = [.. rules.Profile.Select(p => (p.Kind, Bind(p.Column)))];
        _time = rules.Time is { } time ? new CsvTime(time, time.Column.IndexIn(header)) : null;
        _value = rules.Value is { } value ? CsvExpressionParser.Parse(value, header) : null;
        _uniqueId = [.. rules.UniqueId.Select(Bind)];
        _properties = [.. rules.Properties.Select(p => (p.Name, Bind(p.Column)))];
        _profileProperties = [.. rules.ProfileProperties.Select(p => (p.Name, Bind(p.Column)))];
        _skipWhen = [.. rules.SkipWhen.Select(s =>
            (s.Column.IndexIn(header), s.Texts.Select(System.Text.Encoding.UTF8.GetBytes).ToArray()))];
        _parts = new string[_uniqueId.Length];
    }

    internal Refusal Refusal { get; } = new();

    /// <summary>Tells whether the mapping says to pass over a row.</summary>
    internal bool Skips(CsvRow row)
    {
        foreach (var (index, texts) in _skipWhen)
        {
            foreach (var text in texts)
            {
                if (row[index].SequenceEqual(text))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Makes the write of a row, or sets the refusal.</summary>
    internal bool TryMakeWrite(CsvRow row, [NotNullWhen(true)] out CustomerWrite? write)
    {
        write = null;
        if (!TryIdentify(row)
            || !TryReadTime(row, out var time)
            || !TryReadMap(row, _profileProperties, out var profileProperties))
        {
            return false;
        }

        if (_metric is null && _metricCell is null)
        {
            write = new ProfileWrite { Profile = _identifiers.ToArray(), Time = time, Properties = profileProperties };
            return true;
        }

        if (!TryReadMetric(row, out var metric)
            || !TryReadValue(row, out var value)
            || !TryReadUniqueId(row, out var uniqueId)
            || !TryReadMap(row, _properties, out var properties))
        {
            return false;
        }

        write = new CustomerEvent
        {
            Profile = _identifiers.ToArray(),
            Time = time,
            Metric = metric,
            Value = value,
            UniqueId = uniqueId,
            Properties = properties,
            ProfileProperties = profileProperties,
            Backfill = _backfill,
        };
        return true;
    }

    private bool TryIdentify(CsvRow row)
    {
        _identifiers.Clear();
        foreach (var (kind, cell) in _profile)
        {
            if (!cell.TryReadText(row, Refusal, out var text))
            {
                return false;
            }

            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            if (!Identifier.TryCreate(kind, text, out var identifier, out var reason))
            {
                return Refusal.Set(cell.Column, reason);
            }

            _identifiers.Add(identifier);
        }

        return _identifiers.Count > 0 || Refusal.Set(_profile[0].Cell.Column, "No column names the profile.");
    }

    private bool TryReadTime(CsvRow row, out Instant? time)
    {
        time = null;
        if (_time is null)
        {
            return true;
        }

        var read = _time.TryRead(row, Refusal, out var instant);
        time = instant;
        return read;
    }

    private bool TryReadMetric(CsvRow row, out string metric)
    {
        metric = _metric ?? "";
        return _metricCell is null
            || (_metricCell.TryReadText(row, Refusal, out metric)
                && (metric.Trim().Length > 0 || Refusal.Set(_metricCell.Column, "The name of the event is needed.")));
    }

    private bool TryReadValue(CsvRow row, out double? value)
    {
        value = null;
        return _value is null || _value.TryEvaluate(row, Refusal, out value);
    }

    private bool TryReadUniqueId(CsvRow row, out string? uniqueId)
    {
        uniqueId = null;
        var isEmpty = true;
        for (var i = 0; i < _uniqueId.Length; i++)
        {
            if (!_uniqueId[i].TryReadText(row, Refusal, out _parts[i]))
            {
                return false;
            }

            isEmpty &= _parts[i].Length == 0;
        }

        uniqueId = isEmpty ? null : string.Join('|', _parts);
        return true;
    }

    private bool TryReadMap(CsvRow row, (string Name, CsvCell Cell)[] cells, out PropertyMap map)
    {
        map = new PropertyMap(cells.Length);
        foreach (var (name, cell) in cells)
        {
            if (!cell.TryRead(row, Refusal, out var value))
            {
                return false;
            }

            if (!value.IsNull)
            {
                map[name] = value;
            }
        }

        return true;
    }
}
