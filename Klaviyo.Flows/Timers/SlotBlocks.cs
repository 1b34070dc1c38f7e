namespace Klaviyo.Flows.Timers;

/// <summary>A pile of slots: the block on top, and how many slots lie in all of its blocks.</summary>
internal struct SlotBucket
{
    /// <summary>The block on top.</summary>
    internal int Block;

    /// <summary>How many slots there are.</summary>
    internal int Count;
}

/// <summary>Piles of slots in blocks of fixed length, which are used again.</summary>
/// <remarks>A block holds the number of the block below it, then slots. All blocks but the one on top of a pile are full.</remarks>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class SlotBlocks
{
    private const int BlockInts = 64;
    private const int SlotsInBlock = BlockInts - 1;
    private const int PageBits = 8;
    private const int PageBlocks = 1 << PageBits;
    private readonly List<int[]> _pages = [];
    private int _used;
    private int _firstFree = -1;

    /// <summary>Puts a slot on top of a pile.</summary>
    internal void Add(ref SlotBucket pile, int slot)
    {
        var place = pile.Count % SlotsInBlock;
        if (place == 0)
        {
            var block = Take();
            At(block)[0] = pile.Block;
            pile.Block = block;
        }

        At(pile.Block)[1 + place] = slot;
        pile.Count++;
    }

    /// <summary>Takes the slot on top of a pile that is not empty.</summary>
    internal int Take(ref SlotBucket pile)
    {
        var place = --pile.Count % SlotsInBlock;
        var block = At(pile.Block);
        var slot = block[1 + place];
        if (place == 0)
        {
            var below = block[0];
            block[0] = _firstFree;
            _firstFree = pile.Block;
            pile.Block = below;
        }

        return slot;
    }

    /// <summary>Forgets all piles.</summary>
    internal void Clear() => (_used, _firstFree) = (0, -1);

    private Span<int> At(int block) => _pages[block >> PageBits].AsSpan((block & (PageBlocks - 1)) * BlockInts, BlockInts);

    private int Take()
    {
        if (_firstFree >= 0)
        {
            var block = _firstFree;
            _firstFree = At(block)[0];
            return block;
        }

        if (_used == _pages.Count << PageBits)
        {
            _pages.Add(new int[PageBlocks * BlockInts]);
        }

        return _used++;
    }
}
