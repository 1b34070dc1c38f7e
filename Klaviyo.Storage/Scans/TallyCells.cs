namespace Klaviyo.Storage.Scans;

/// <summary>A count and a sum for each of so many profiles.</summary>
/// <remarks>Sums are of whole hundredths, which add up exactly in any order; a profile with any other value has none.</remarks>
internal sealed class TallyCells(int profiles)
{
    // A hundredth is no double: it is off by the last of 53 bits, at values below 2³¹, and so is each addition.
    private const double DoubtOfOne = 1e-6;

    private readonly int[] _counts = new int[profiles];
    private readonly long[] _hundredths = new long[profiles];
    private readonly bool[] _inexact = new bool[profiles];
    private readonly bool[] _negative = new bool[profiles];

    /// <summary>Counts an event of a profile.</summary>
    internal void Add(int profile, long hundredths)
    {
        _counts[profile]++;
        _hundredths[profile] += hundredths;
        _negative[profile] |= hundredths < 0;
    }

    /// <summary>Counts an event whose value is not a number of hundredths.</summary>
    internal void AddInexact(int profile)
    {
        _counts[profile]++;
        _inexact[profile] = true;
    }

    /// <summary>Adds what another worker has.</summary>
    internal void Add(TallyCells other)
    {
        for (var profile = 0; profile < _counts.Length; profile++)
        {
            _counts[profile] += other._counts[profile];
            _hundredths[profile] += other._hundredths[profile];
            _inexact[profile] |= other._inexact[profile];
            _negative[profile] |= other._negative[profile];
        }
    }

    /// <summary>Gets what there is of a profile.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="count">How often.</param>
    /// <param name="sum">For how much.</param>
    /// <param name="doubt">How far from it a sum of the same values as doubles can be; 0 where it is the same.</param>
    /// <returns>False where its sum is not exact.</returns>
    internal bool TryGet(int profile, out int count, out double sum, out double doubt)
    {
        (count, sum) = (_counts[profile], _hundredths[profile] / 100.0);
        doubt = count > 1 && (sum != 0 || _negative[profile]) ? count * DoubtOfOne : 0;
        return !_inexact[profile];
    }
}
