using System.Runtime.InteropServices;
using Klaviyo.Storage.Chunks;

namespace Klaviyo.Storage.Reports;

/// <summary>The groups of a report: each combination of values that a row has, with a number.</summary>
/// <remarks>Dimensions are joined one after the other: a pair of the group so far and the next value is a group.</remarks>
internal sealed class ReportGroups(ValueList<PropertyPath> by)
{
    private readonly GroupDimension[] _dimensions = [.. by.Select(path => new GroupDimension(path))];
    private readonly Dictionary<(int, int), int>[] _pairs = [.. by.Select(_ => new Dictionary<(int, int), int>())];
    private readonly List<(int Before, int Value)>[] _members = [.. by.Select(_ => new List<(int, int)>())];
    private readonly int[] _numbers = new int[BlockShape.RowsMax];

    /// <summary>Gets the number of groups; 1 where nothing is split.</summary>
    internal int Count => by.Count == 0 ? 1 : _members[^1].Count;

    /// <summary>Gets the values of a group.</summary>
    internal PropertyValue[] this[int group]
    {
        get
        {
            var values = new PropertyValue[by.Count];
            for (var dimension = by.Count - 1; dimension >= 0; dimension--)
            {
                var (before, value) = _members[dimension][group];
                values[dimension] = _dimensions[dimension][value];
                group = before;
            }

            return values;
        }
    }

    /// <summary>Finds the group of each row that has a unit.</summary>
    internal void Find(BlockRows rows, ReadOnlySpan<int> units, Span<int> groups)
    {
        groups.Clear();
        for (var dimension = 0; dimension < _dimensions.Length; dimension++)
        {
            _dimensions[dimension].Find(rows, units, _numbers);
            for (var row = 0; row < units.Length; row++)
            {
                groups[row] = units[row] == ReportDates.None ? 0 : Join(dimension, groups[row], _numbers[row]);
            }
        }
    }

    /// <summary>Finds or makes the group of some values.</summary>
    internal int Find(ReadOnlySpan<PropertyValue> values)
    {
        var group = 0;
        for (var dimension = 0; dimension < values.Length; dimension++)
        {
            group = Join(dimension, group, _dimensions[dimension].NumberOf(values[dimension]));
        }

        return group;
    }

    private int Join(int dimension, int before, int value)
    {
        var members = _members[dimension];
        if (dimension == 0 && value < members.Count && members[value].Value == value)
        {
            // Numbers of values are given in order, and so are those of the groups of one dimension: mostly they agree.
            return value;
        }

        ref var group = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs[dimension], (before, value), out var isKnown);
        if (!isKnown)
        {
            group = members.Count;
            members.Add((before, value));
        }

        return group;
    }
}
