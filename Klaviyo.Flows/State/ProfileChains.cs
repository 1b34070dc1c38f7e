using System.Diagnostics;

namespace Klaviyo.Flows.State;

/// <summary>What belongs to a profile and lies in a chain.</summary>
internal interface IOfProfile
{
    /// <summary>Gets or sets the profile, by ordinal.</summary>
    int Ordinal { get; set; }

    /// <summary>Gets or sets the slot of the next one of the same profile; −1 for none.</summary>
    int Next { get; set; }
}

/// <summary>Finds what belongs to a profile among the items of a slab.</summary>
/// <remarks>
/// The chains run through the items themselves, and where each begins stands at the place of its profile: four bytes for each of
/// the 4096 profiles around one that has ever had an item. What is done profile by profile goes through memory in order. A profile with many items
/// makes its chain as long, so taking one of them out costs as many steps.
/// </remarks>
/// <typeparam name="T">The items.</typeparam>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class ProfileChains<T>(Slab<T> items)
    where T : struct, ISlabItem, IOfProfile
{
    private const int None = -1;
    private const int PageBits = 12;
    private const int PageProfiles = 1 << PageBits;

    // Slots and one: zero is none.
    private int[]?[] _heads = [];

    /// <summary>Adds an item to the chain of its profile.</summary>
    internal void Add(int slot)
    {
        ref var item = ref items.Bare(slot);
        ref var head = ref Head(item.Ordinal);
        item.Next = head - 1;
        head = slot + 1;
    }

    /// <summary>Takes an item out of the chain of its profile.</summary>
    internal void Remove(int slot)
    {
        ref var item = ref items.Bare(slot);
        ref var head = ref Head(item.Ordinal);
        if (head == slot + 1)
        {
            head = item.Next + 1;
            return;
        }

        var before = head - 1;
        while (items.Bare(before).Next != slot)
        {
            before = items.Bare(before).Next;
            Debug.Assert(before != None, "An item is not in its chain.");
        }

        items.Bare(before).Next = item.Next;
    }

    /// <summary>Gets the slot of an item of a profile; −1 where it has none.</summary>
    internal int First(int ordinal)
    {
        var page = ordinal >> PageBits;
        return page < _heads.Length && _heads[page] is { } heads ? heads[ordinal & (PageProfiles - 1)] - 1 : None;
    }

    /// <summary>Gets an ordinal behind those of all profiles that ever had an item.</summary>
    internal int End => _heads.Length << PageBits;

    /// <summary>Gets the slot of the next item of the same profile; −1 for none.</summary>
    internal int After(int slot) => items.Bare(slot).Next;

    private ref int Head(int ordinal)
    {
        var page = ordinal >> PageBits;
        if (page >= _heads.Length)
        {
            Array.Resize(ref _heads, Math.Max(page + 1, 2 * _heads.Length));
        }

        return ref (_heads[page] ??= new int[PageProfiles])[ordinal & (PageProfiles - 1)];
    }
}
