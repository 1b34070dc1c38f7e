using CsCheck;
using Klaviyo.Storage.Chunks;
using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Storage.Chunks;

// Which chunks there are, against a list that is sorted anew after every change.
public sealed class LaneChunksTests
{
    private const long Begin = 64;
    private readonly ChunkCache _cache = new(0);
    private readonly SimulatedFiles _files = new(0);

    [Test]
    public void Changes_InAnyOrder_AreThoseOfAList()
    {
        Gen.Select(Gen.Int[0, 30], Gen.Int[1, 6], Gen.Int[0, 9]).Array[0, 60].Sample(
            changes =>
            {
                var (chunks, list) = (new LaneChunks(), new List<ChunkRange>());
                foreach (var (at, length, kind) in changes)
                {
                    // Mostly behind the last one, as the maker does.
                    var from = kind < 6 && list.Count > 0 ? list[^1].Until + (kind == 0 ? 4 : 0) : Begin + (4L * at);
                    Change(chunks, list, new ChunkRange(0, from, from + (4L * length)), isRemoval: kind == 9);
                }
            },
            threads: 1);
    }

    [Test]
    public void All_TakenBeforeAChange_StaysAsItWas()
    {
        var chunks = new LaneChunks();
        var taken = new List<(int Count, ChunkRange[] Ranges)>();
        for (var i = 0; i < 200; i++)
        {
            Change(chunks, null, new ChunkRange(0, Begin + (8L * i), Begin + (8L * i) + 8), isRemoval: false);
            taken.Add((i + 1, Ranges(chunks)));
        }

        Assert.That(taken.All(t => t.Ranges.Length == t.Count && t.Ranges[^1].Until == Begin + (8L * t.Count)), Is.True);
    }

    private void Change(LaneChunks chunks, List<ChunkRange>? list, ChunkRange range, bool isRemoval)
    {
        if (isRemoval)
        {
            if (chunks.Find(range.From) is { } found)
            {
                chunks.RemoveUnderGate(found);
                list!.Remove(found.Range);
            }
        }
        else
        {
            var replaced = chunks.AddUnderGate(new Chunk(_files, range, Guid.Empty, _cache));
            Assert.That(replaced.Select(c => c.Range), Is.EqualTo(list?.Where(r => r.Overlaps(range.From, range.Until)) ?? []));
            list?.RemoveAll(r => r.Overlaps(range.From, range.Until));
            list?.Add(range);
            list?.Sort();
        }

        if (list is not null)
        {
            Assert.That(Ranges(chunks), Is.EqualTo(list));
            Assert.That(chunks.Gaps(Begin, 300), Is.EqualTo(GapsOf(list, 300)));
            Assert.That(chunks.Gaps(Begin, 100), Is.EqualTo(GapsOf(list, 100)));
        }
    }

    private static ChunkRange[] Ranges(LaneChunks chunks) => Array.ConvertAll(chunks.All.ToArray(), c => c.Range);

    private static List<(long From, long Until)> GapsOf(List<ChunkRange> list, long until)
    {
        var gaps = new List<(long From, long Until)>();
        for (var word = Begin; word < until; word += 4)
        {
            if (list.Exists(r => r.Contains(word)))
            {
                continue;
            }

            if (gaps.Count > 0 && gaps[^1].Until == word)
            {
                gaps[^1] = (gaps[^1].From, word + 4);
            }
            else
            {
                gaps.Add((word, word + 4));
            }
        }

        return gaps;
    }
}
