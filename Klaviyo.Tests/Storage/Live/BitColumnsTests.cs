using CsCheck;
using Klaviyo.Storage.Live;

namespace Klaviyo.Tests.Storage.Live;

// Walks over a segment's bits, against a set for each segment. Pieces have 4096 profiles, words 64 segments.
public sealed class BitColumnsTests
{
    private const int Profiles = 20_000;
    private const int Segments = 130;

    [Test]
    public void Walks_FindWhatIsSet()
    {
        var bit = Gen.Select(Gen.Int[0, Segments - 1], Gen.OneOf(Gen.Int[0, 70], Gen.Int[4090, 4100], Gen.Int[0, Profiles - 1]), Gen.Bool);
        Gen.Select(bit.List[0, 200], Gen.Int[0, Segments - 1], Gen.Int[0, Segments - 1]).Sample((changes, one, other) =>
        {
            var columns = new BitColumns();
            var sets = Enumerable.Range(0, Segments).Select(_ => new SortedSet<int>()).ToArray();
            foreach (var (segment, profile, value) in changes)
            {
                // Few segments, so that some have members in common.
                var few = segment % 3 == 0 ? one : segment % 3 == 1 ? other : segment;
                columns.Set(few, profile, value);
                _ = value ? sets[few].Add(profile) : sets[few].Remove(profile);
            }

            Assert.That(Walk(columns, one), Is.EqualTo(sets[one]));
            Assert.That(columns.Count(one), Is.EqualTo(sets[one].Count));
            Assert.That(columns.CountBoth(one, other), Is.EqualTo(sets[one].Intersect(sets[other]).Count()));
        });
    }

    private static IEnumerable<int> Walk(BitColumns columns, int segment)
    {
        for (var next = columns.Next(segment, 0); next is { } found; next = columns.Next(segment, found + 1))
        {
            yield return found;
        }
    }
}
