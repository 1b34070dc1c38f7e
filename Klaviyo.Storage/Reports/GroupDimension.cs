using System.Runtime.InteropServices;
using Klaviyo.Storage.Chunks;

namespace Klaviyo.Storage.Reports;

/// <summary>Gives each value of a property a number, and each row the number of its value.</summary>
/// <remarks>A string of a dictionary is looked up once a chunk; after that its code leads to its number.</remarks>
internal sealed class GroupDimension(PropertyPath path)
{
    private readonly string? _plain = path.Names.Count == 1 && path.Names[0] == path.Text && path.Text != "$value" ? path.Text : null;
    private readonly Dictionary<PropertyValue, int> _numbers = [];
    private readonly List<PropertyValue> _values = [];
    private readonly List<int> _numberOfCode = [];
    private ColumnDictionary? _dictionary;

    internal PropertyValue this[int number] => _values[number];

    internal void Find(BlockRows rows, ReadOnlySpan<int> units, Span<int> numbers)
    {
        var column = _plain is null ? null : rows.Property(_plain);
        if (column is not null)
        {
            TurnTo(column.Dictionary);
        }

        for (var row = 0; row < units.Length; row++)
        {
            if (units[row] != ReportDates.None)
            {
                numbers[row] = column is null ? NumberOf(rows.ValueOf(path, row)) : NumberOf(rows, column, row);
            }
        }
    }

    internal int NumberOf(PropertyValue value)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, value, out var isKnown);
        if (!isKnown)
        {
            number = _values.Count;
            _values.Add(value);
        }

        return number;
    }

    private int NumberOf(BlockRows rows, DecodedColumn column, int row)
    {
        if (column.Kinds[row] != CellKind.String)
        {
            return NumberOf(column.TryGetValue(row, out var value) ? value : rows.ValueOf(path, row));
        }

        var code = (int)column.Bits[row];
        if (_numberOfCode[code] < 0)
        {
            _numberOfCode[code] = NumberOf(column.Dictionary![code]);
        }

        return _numberOfCode[code];
    }

    private void TurnTo(ColumnDictionary? dictionary)
    {
        if (!ReferenceEquals(dictionary, _dictionary))
        {
            _dictionary = dictionary;
            _numberOfCode.Clear();
            _numberOfCode.AddRange(Enumerable.Repeat(-1, dictionary?.Count ?? 0));
        }
    }
}
