namespace Klaviyo.Storage.Log;

/// <summary>Our own copy of the last pages of a lane, so that a read never depends on FASTER's memory.</summary>
/// <remarks>
/// <para>A ring with a slot for each page that FASTER may hold. FASTER takes a new page only when the one that had its
/// place is in the file, and so does <see cref="LaneLog"/>: what is not in the file is here.</para>
/// <para>The writer fills the page at the tail. A reader copies, then looks whether the slot still holds its page; if
/// not, the copy is worthless and the file has the bytes.</para>
/// </remarks>
/// <threadsafety>One writer; readers on any thread.</threadsafety>
internal sealed class RecentPages
{
    private const long None = -1;

    private readonly Slot[] _slots;
    private readonly LogLayout _layout;

    internal RecentPages(LogLayout layout, int pages)
    {
        _layout = layout;
        _slots = new Slot[pages];
        for (var i = 0; i < pages; i++)
        {
            _slots[i] = new Slot();
        }
    }

    internal int Count => _slots.Length;

    internal bool Holds(long address) => Volatile.Read(ref SlotOf(address).Page) == _layout.PageOf(address);

    /// <summary>Gives the slot to the page of an address; the page that had it must be in the file.</summary>
    internal void TakeOver(long address)
    {
        var slot = SlotOf(address);

        // A full fence: no byte of the new page may be seen under the old number.
        Interlocked.Exchange(ref slot.Page, None);
        slot.Bytes ??= GC.AllocateUninitializedArray<byte>(_layout.PageBytes);
        Volatile.Write(ref slot.Page, _layout.PageOf(address));
    }

    /// <summary>Gets the bytes at an address for writing; its page has been taken over.</summary>
    internal Span<byte> Writable(long address, int bytes) => SlotOf(address).Bytes.AsSpan(OffsetInPage(address), bytes);

    /// <summary>Gets what lies at an address up to the end of its page, where the page is here.</summary>
    /// <remarks>Valid as long as nothing is appended: for the writer, and for readers who keep it from writing.</remarks>
    internal bool TryGet(long address, out ReadOnlyMemory<byte> bytes)
    {
        var slot = SlotOf(address);
        var isHere = Volatile.Read(ref slot.Page) == _layout.PageOf(address);
        bytes = isHere ? slot.Bytes.AsMemory(OffsetInPage(address)) : default;
        return isHere;
    }

    /// <summary>Copies bytes of one page.</summary>
    /// <returns>False when the page is not here any more; <paramref name="into"/> may hold anything then.</returns>
    internal bool TryCopy(long address, Span<byte> into)
    {
        var slot = SlotOf(address);
        var page = _layout.PageOf(address);
        if (Volatile.Read(ref slot.Page) != page)
        {
            return false;
        }

        slot.Bytes.AsSpan(OffsetInPage(address), into.Length).CopyTo(into);
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref slot.Page) == page;
    }

    /// <summary>Overwrites bytes of one page, if it is here. The caller is the writer.</summary>
    internal void Overwrite(long address, ReadOnlySpan<byte> bytes)
    {
        if (Holds(address))
        {
            bytes.CopyTo(Writable(address, bytes.Length));
        }
    }

    private Slot SlotOf(long address) => _slots[(int)(_layout.PageOf(address) % _slots.Length)];

    private int OffsetInPage(long address) => (int)(address - _layout.PageStart(address));

    private sealed class Slot
    {
        internal long Page = None;
        internal byte[]? Bytes;
    }
}
