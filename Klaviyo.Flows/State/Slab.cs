using System.Diagnostics;
using Klaviyo.Storage.Images;

namespace Klaviyo.Flows.State;

/// <summary>What lies in a <see cref="Slab{T}"/>: it knows whether it is used, and links those that are not.</summary>
internal interface ISlabItem
{
    /// <summary>Gets or sets whether it is in use. False in <c>default</c>.</summary>
    bool IsUsed { get; set; }

    /// <summary>Gets or sets the slot after this one among those that are not in use. Means nothing while it is used.</summary>
    int NextFree { get; set; }

    /// <summary>Gets or sets the slot before this one among those that are not in use. Means nothing while it is used.</summary>
    int PreviousFree { get; set; }
}

/// <summary>Values in numbered slots; a slot that was given back is used again, the last one first.</summary>
/// <remarks>
/// The values lie in arrays of fixed length that are never copied or given up, so growing costs the same at any size. Slots that
/// are not in use are a list, linked both ways through themselves, because replay takes slots by number. An image is made of pages
/// of 64 slots: what stands in one changes by <see cref="Take"/>, <see cref="Change"/> and <see cref="Free"/> alone.
/// </remarks>
/// <typeparam name="T">What a slot holds.</typeparam>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class Slab<T>
    where T : struct, ISlabItem
{
    private const int ChunkBits = 12;
    private const int ChunkSlots = 1 << ChunkBits;
    private const int PageBits = 6;
    private const int PageSlots = 1 << PageBits;
    private const int None = -1;
    private T[][] _chunks = [];
    private int _chunkCount;
    private int _firstFree = None;

    /// <summary>Gets how many slots are in use.</summary>
    internal int Count { get; private set; }

    /// <summary>Gets one more than the highest slot that was ever used.</summary>
    internal int End { get; private set; }

    /// <summary>Gets or sets the image under way; null for none.</summary>
    internal PagedImage? Image { get; set; }

    /// <summary>Gets how many pages there are.</summary>
    internal int Pages => PagedImage.PagesOf(End, PageSlots);

    /// <summary>Gets what a slot holds. The reference stays valid; what it refers to changes when the slot is given back.</summary>
    internal ref readonly T this[int slot] => ref Bare(slot);

    /// <summary>Gets what a slot holds, to be changed.</summary>
    internal ref T Change(int slot)
    {
        Image?.Keep(slot >> PageBits);
        return ref Bare(slot);
    }

    /// <summary>Gets what a slot holds, where nothing is changed of it but what is in no image: how it is linked, and timed.</summary>
    internal ref T Bare(int slot)
    {
        Debug.Assert(IsUsed(slot), "A slot that is not in use was asked for.");
        return ref At(slot);
    }

    /// <summary>Gets the slots of a page that are in use.</summary>
    internal IEnumerable<int> UsedIn(int page)
    {
        var end = Math.Min(End, (page + 1) << PageBits);
        for (var slot = page << PageBits; slot < end; slot++)
        {
            if (At(slot).IsUsed)
            {
                yield return slot;
            }
        }
    }

    /// <summary>Tells whether a slot is in use.</summary>
    internal bool IsUsed(int slot) => (uint)slot < (uint)End && At(slot).IsUsed;

    /// <summary>Names a slot that is not in use, without taking it.</summary>
    internal int Vacant() => _firstFree != None ? _firstFree : End;

    /// <summary>Takes a slot that is not in use.</summary>
    internal ref T Take(int slot)
    {
        Debug.Assert(!IsUsed(slot), "A slot in use was taken.");
        Image?.Keep(slot >> PageBits);
        if (slot >= End)
        {
            Extend(slot);
        }
        else
        {
            Unlink(slot);
        }

        ref var item = ref At(slot);
        item = default;
        item.IsUsed = true;
        Count++;
        return ref item;
    }

    /// <summary>Gives a slot back.</summary>
    internal void Free(int slot)
    {
        Debug.Assert(IsUsed(slot), "A slot that is not in use was given back.");
        Image?.Keep(slot >> PageBits);
        Count--;
        Link(slot);
    }

    private ref T At(int slot) => ref _chunks[slot >> ChunkBits][slot & (ChunkSlots - 1)];

    private void Extend(int slot)
    {
        while (_chunkCount <= slot >> ChunkBits)
        {
            if (_chunkCount == _chunks.Length)
            {
                Array.Resize(ref _chunks, Math.Max(4, _chunkCount * 2));
            }

            _chunks[_chunkCount++] = new T[ChunkSlots];
        }

        for (var skipped = End; skipped < slot; skipped++)
        {
            Link(skipped);
        }

        End = slot + 1;
    }

    private void Link(int slot)
    {
        ref var item = ref At(slot);
        item = default;
        item.NextFree = _firstFree;
        item.PreviousFree = None;
        if (_firstFree != None)
        {
            At(_firstFree).PreviousFree = slot;
        }

        _firstFree = slot;
    }

    private void Unlink(int slot)
    {
        ref var item = ref At(slot);
        if (item.NextFree != None)
        {
            At(item.NextFree).PreviousFree = item.PreviousFree;
        }

        if (item.PreviousFree != None)
        {
            At(item.PreviousFree).NextFree = item.NextFree;
        }
        else
        {
            _firstFree = item.NextFree;
        }
    }
}
