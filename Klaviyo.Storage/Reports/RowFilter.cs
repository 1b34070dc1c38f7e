using Klaviyo.Storage.Chunks;

namespace Klaviyo.Storage.Reports;

/// <summary>Takes the rows of a block out that a filter does not let pass.</summary>
/// <remarks>
/// A filter on one property is asked once for each string of the dictionary, not once for each row.
/// </remarks>
internal sealed class RowFilter(FilterExpression expression)
{
    private readonly string? _plain = expression.Fields.Count == 1 && IsPlain(expression.Fields[0]) ? expression.Fields[0] : null;
    private readonly List<sbyte> _passes = [];
    private ColumnDictionary? _dictionary;
    private Func<string, PropertyValue>? _current;
    private BlockRows _rows = null!;
    private PropertyValue _value;
    private int _row;

    /// <summary>Looks at the rows that still have a unit, and takes it from those that do not pass.</summary>
    internal void Apply(BlockRows rows, Span<int> units)
    {
        _rows = rows;
        var column = _plain is null ? null : rows.Property(_plain);
        if (column is not null)
        {
            TurnTo(column.Dictionary);
        }

        for (var row = 0; row < units.Length; row++)
        {
            if (units[row] != ReportDates.None && !(column is null ? PassesAny(row) : Passes(column, row)))
            {
                units[row] = ReportDates.None;
            }
        }
    }

    // A field that filters know by another meaning is none of the columns.
    private static bool IsPlain(string field)
    {
        return field is not ("value" or "time" or "datetime" or "metric" or "id" or "received" or "unique_id" or "$value")
            && new PropertyPath(field) is { Names.Count: 1 } path && path.Names[0] == field;
    }

    private void TurnTo(ColumnDictionary? dictionary)
    {
        if (!ReferenceEquals(dictionary, _dictionary))
        {
            _dictionary = dictionary;
            _passes.Clear();
            _passes.AddRange(Enumerable.Repeat((sbyte)0, dictionary?.Count ?? 0));
        }
    }

    private bool Passes(DecodedColumn column, int row)
    {
        if (column.Kinds[row] != CellKind.String)
        {
            return column.TryGetValue(row, out _value) ? PassesValue() : PassesAny(row);
        }

        var code = (int)column.Bits[row];
        if (_passes[code] == 0)
        {
            _value = column.Dictionary![code];
            _passes[code] = (sbyte)(PassesValue() ? 1 : -1);
        }

        return _passes[code] > 0;
    }

    private bool PassesValue() => expression.Matches(_current ??= _ => _value);

    private bool PassesAny(int row)
    {
        _row = row;
        return expression.Matches(name => _rows.Field(name, _row));
    }
}
