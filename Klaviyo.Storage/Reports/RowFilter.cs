using Klaviyo.Storage.Chunks;

namespace Klaviyo.Storage.Reports;

/// <summary>Takes the rows of a block out that a filter does not let pass.</summary>
/// <remarks>
/// A filter on one property is asked once for each string of the dictionary, not once for each row.
/// </remarks>
internal sealed class RowFilter
{
    private readonly string? _plain;
    private readonly Func<PropertyValue, bool> _passesValue;
    private readonly Func<BlockRows, int, bool> _passesRow;
    private readonly List<sbyte> _passes = [];
    private ColumnDictionary? _dictionary;

    /// <summary>Initializes the filter of a report.</summary>
    internal RowFilter(FilterExpression expression)
    {
        _plain = expression.Fields.Count == 1 && IsPlain(expression.Fields[0]) ? expression.Fields[0] : null;
        var value = PropertyValue.Null;
        var current = (string _) => value;
        _passesValue = v =>
        {
            value = v;
            return expression.Matches(current);
        };
        var (block, place) = ((BlockRows)null!, 0);
        var field = (string name) => block.Field(name, place);
        _passesRow = (rows, row) =>
        {
            (block, place) = (rows, row);
            return expression.Matches(field);
        };
    }

    /// <summary>Initializes the filter of a condition.</summary>
    internal RowFilter(PropertyFilter filter, EvaluationContext context)
    {
        var (path, test) = (filter.Property, filter.Filter!);
        _plain = path.Names.Count == 1 && path.Names[0] == path.Text && path.Text != "$value" ? path.Text : null;
        _passesValue = value => test.Matches(value, context);
        _passesRow = (rows, row) => test.Matches(rows.ValueOf(path, row), context);
    }

    /// <summary>Looks at the rows that still have a unit, and takes it from those that do not pass.</summary>
    internal void Apply(BlockRows rows, Span<int> units)
    {
        var column = _plain is null ? null : rows.Property(_plain);
        if (column is not null)
        {
            TurnTo(column.Dictionary);
        }

        for (var row = 0; row < units.Length; row++)
        {
            if (units[row] != ReportDates.None && !(column is null ? _passesRow(rows, row) : Passes(rows, column, row)))
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

    private bool Passes(BlockRows rows, DecodedColumn column, int row)
    {
        if (column.Kinds[row] != CellKind.String)
        {
            return column.TryGetValue(row, out var value) ? _passesValue(value) : _passesRow(rows, row);
        }

        var code = (int)column.Bits[row];
        if (_passes[code] == 0)
        {
            _passes[code] = (sbyte)(_passesValue(column.Dictionary![code]) ? 1 : -1);
        }

        return _passes[code] > 0;
    }
}
