using System.Globalization;

namespace Klaviyo.Storage.Reports;

/// <summary>The numbers of a report under way: for each group and calendar unit a count, a sum, the profiles.</summary>
/// <remarks>
/// Amounts that are hundredths are summed as whole numbers, which is exact and one addition; all others with Neumaier's
/// compensation, so that no order of the events shows.
/// </remarks>
internal sealed class ReportCells(int units)
{
    // 64 million cells are nearly 3 GiB: a question that was not meant so.
    private const int CellsMax = 1 << 26;

    private long[] _counts = [];
    private long[] _hundredths = [];
    private CompensatedSum[] _sums = [];
    private int[] _lastProfile = [];
    private readonly LongSet _seen = new();

    internal int Units => units;

    internal long[] Counts => _counts;

    internal long[] Hundredths => _hundredths;

    internal CompensatedSum[] Sums => _sums;

    /// <summary>Makes room for groups.</summary>
    /// <exception cref="ArgumentException">There are too many groups for so many units.</exception>
    internal void Reserve(int groups)
    {
        var cells = (long)groups * units;
        if (cells <= _counts.Length)
        {
            return;
        }

        if (cells > CellsMax)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"The report has more than {CellsMax:N0} numbers: split by less, or give a longer interval."));
        }

        var size = (int)Math.Min(CellsMax, Math.Max(cells, _counts.LongLength * 2));
        var had = _lastProfile.Length;
        Array.Resize(ref _counts, size);
        Array.Resize(ref _hundredths, size);
        Array.Resize(ref _sums, size);
        Array.Resize(ref _lastProfile, size);
        _lastProfile.AsSpan(had).Fill(-1);
    }

    /// <summary>Notes that a profile did an event of a cell. The rows of a chunk come profile by profile.</summary>
    internal void See(int cell, int profile)
    {
        if (_lastProfile[cell] != profile)
        {
            _lastProfile[cell] = profile;
            _seen.Add(((long)cell << 32) | (uint)profile);
        }
    }

    /// <summary>Adds what another worker has found; its groups have the numbers that they have here.</summary>
    /// <param name="other">The other's cells.</param>
    /// <param name="groupHere">The number here of each group there.</param>
    internal void Add(ReportCells other, ReadOnlySpan<int> groupHere)
    {
        for (var group = 0; group < groupHere.Length; group++)
        {
            for (var unit = 0; unit < units; unit++)
            {
                var (from, to) = ((group * units) + unit, (groupHere[group] * units) + unit);
                _counts[to] += other._counts[from];
                _hundredths[to] += other._hundredths[from];
                _sums[to].Add(other._sums[from]);
            }
        }

        foreach (var key in other._seen.All())
        {
            var cell = (int)(key >> 32);
            var here = (groupHere[cell / units] * units) + (cell % units);
            _seen.Add(((long)here << 32) | unchecked((uint)key));
        }
    }

    internal double SumOf(int cell)
    {
        var sum = _sums[cell];
        sum.Add(_hundredths[cell] / 100.0);
        return sum.Value;
    }

    /// <summary>Counts the profiles of each cell.</summary>
    internal long[] CountProfiles()
    {
        var profiles = new long[_counts.Length];
        foreach (var key in _seen.All())
        {
            profiles[(int)(key >> 32)]++;
        }

        return profiles;
    }
}
