using System.Diagnostics;
using System.Numerics;

namespace Klaviyo.Flows.State;

/// <summary>What belongs to a profile and lies in a chain.</summary>
internal interface IOfProfile
{
    /// <summary>Gets or sets the profile, by ordinal.</summary>
    int Ordinal { get; set; }

    /// <summary>Gets or sets the slot of the next one in the chain; −1 for none. Not all of a chain are of one profile.</summary>
    int Next { get; set; }
}

/// <summary>Finds what belongs to a profile among the items of a slab.</summary>
/// <remarks>
/// A hash table whose chains run through the items themselves, and that grows by one chain with every item (linear hashing,
/// Litwin 1980): four bytes an item, no entry for a profile without items, and never a moment in which all is moved. A profile
/// with many items makes its chain as long, so taking one of them out costs as many steps.
/// </remarks>
/// <typeparam name="T">The items.</typeparam>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class ProfileChains<T>(Slab<T> items)
    where T : struct, ISlabItem, IOfProfile
{
    private const int None = -1;
    private const int PageBits = 12;
    private const int PageChains = 1 << PageBits;
    private int[][] _heads = [];
    private int _pages;
    private int _chains;
    private int _count;

    /// <summary>Adds an item to the chain of its profile.</summary>
    internal void Add(int slot)
    {
        if (_count++ >= _chains)
        {
            Split();
        }

        Link(slot);
    }

    /// <summary>Takes an item out of the chain of its profile.</summary>
    internal void Remove(int slot)
    {
        _count--;
        ref var head = ref Head(ChainOf(items[slot].Ordinal));
        if (head == slot)
        {
            head = items[slot].Next;
            return;
        }

        var before = head;
        while (items[before].Next != slot)
        {
            before = items[before].Next;
            Debug.Assert(before != None, "An item is not in its chain.");
        }

        items[before].Next = items[slot].Next;
    }

    /// <summary>Gets the slot of an item of a profile; −1 where it has none.</summary>
    internal int First(int ordinal) => _chains == 0 ? None : Skip(Head(ChainOf(ordinal)), ordinal);

    /// <summary>Gets the slot of the next item of the same profile; −1 for none.</summary>
    internal int After(int slot)
    {
        ref readonly var item = ref items[slot];
        return Skip(item.Next, item.Ordinal);
    }

    private static uint Mix(int ordinal)
    {
        // Ordinals come in rows and patterns; the low bits that choose a chain are made of all of them.
        var mixed = unchecked((uint)ordinal * 0x9E3779B1u);
        return mixed ^ (mixed >> 15);
    }

    private int Skip(int slot, int ordinal)
    {
        while (slot != None && items[slot].Ordinal != ordinal)
        {
            slot = items[slot].Next;
        }

        return slot;
    }

    private int ChainOf(int ordinal)
    {
        var hash = Mix(ordinal);
        var mask = BitOperations.RoundUpToPowerOf2((uint)_chains) - 1;
        var chain = hash & mask;
        return (int)(chain < (uint)_chains ? chain : hash & (mask >> 1));
    }

    private ref int Head(int chain) => ref _heads[chain >> PageBits][chain & (PageChains - 1)];

    private void Link(int slot)
    {
        ref var head = ref Head(ChainOf(items[slot].Ordinal));
        items[slot].Next = head;
        head = slot;
    }

    // One more chain takes its part of the one that it comes out of; the order within a chain means nothing.
    private void Split()
    {
        if (_chains == _pages << PageBits)
        {
            if (_pages == _heads.Length)
            {
                Array.Resize(ref _heads, Math.Max(4, _pages * 2));
            }

            Array.Fill(_heads[_pages++] = new int[PageChains], None);
        }

        var old = _chains - (int)(BitOperations.RoundUpToPowerOf2((uint)_chains + 1) >> 1);
        _chains++;
        if (old < 0 || _chains == 1)
        {
            return;
        }

        var slot = Head(old);
        Head(old) = None;
        while (slot != None)
        {
            var next = items[slot].Next;
            Link(slot);
            slot = next;
        }
    }
}
