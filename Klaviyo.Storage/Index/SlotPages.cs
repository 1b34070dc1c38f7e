using System.IO.Hashing;
using Klaviyo.Storage.Cold;
using Klaviyo.Storage.Memory;

namespace Klaviyo.Storage.Index;

/// <summary>The slots of the profiles of a lane, a few neighbours to a page, which can go to the cold files when all of them are cold.</summary>
/// <remarks>
/// A page that is looked at comes back. Whether it is as it was there its hash tells, since whoever gets a slot may write to it. What
/// stays in memory of a page that left are 24 bytes.
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate. A reference to a slot is good until a page leaves.</threadsafety>
internal sealed unsafe class SlotPages(ColdFiles cold) : IDisposable
{
    /// <summary>How many slots are in a page: few, since one profile that is touched keeps its neighbours in memory.</summary>
    internal const int PageSlots = 16;

    private const int RegionBytes = 1 << 20;
    private const long SpareBytesMax = 4 * RegionBytes;
    private readonly List<nint> _regions = [];
    private readonly Stack<nint> _free = [];
    private Page[] _pages = [];
    private int _pageCount;

    /// <summary>Gets the number of slots.</summary>
    internal int Count { get; private set; }

    /// <summary>Gets the bytes of the pages that are in memory.</summary>
    internal long PagesBytes { get; private set; }

    /// <summary>Gets the bytes that this takes beside them: what names the pages, and room that pages have left.</summary>
    internal long OtherBytes => ((long)_pages.Length * sizeof(Page)) + ((long)_free.Count * PageBytes);

    private static int PageBytes => PageSlots * sizeof(ProfileSlot);

    /// <summary>Gets a slot, reading its page if that has left.</summary>
    /// <exception cref="IOException">The cold file cannot be read.</exception>
    /// <exception cref="StoreCorruptedException">The page is not what was written.</exception>
    internal ref ProfileSlot this[int ordinal]
    {
        get
        {
            ref var page = ref _pages[(uint)ordinal / PageSlots];
            if (page.Start == 0)
            {
                Load(ordinal);
            }

            return ref ((ProfileSlot*)page.Start)[(uint)ordinal % PageSlots];
        }
    }

    /// <summary>Adds an empty slot.</summary>
    /// <returns>Its number.</returns>
    internal int Add()
    {
        if (Count == _pageCount * PageSlots)
        {
            if (_pageCount == _pages.Length)
            {
                Array.Resize(ref _pages, Math.Max(64, _pageCount + (_pageCount / 4)));
            }

            var page = TakePage();
            Bytes(page).Clear();
            _pages[_pageCount++].Start = page;
        }

        return Count++;
    }

    /// <summary>Whether a slot can be had without a read.</summary>
    internal bool IsInMemory(int ordinal) => _pages[(uint)ordinal / PageSlots].Start != 0;

    /// <summary>Whether a slot is the last of its page.</summary>
    internal bool EndsPage(int ordinal) => ordinal % PageSlots == PageSlots - 1 || ordinal == Count - 1;

    /// <summary>Gets the last slot of a page.</summary>
    internal int LastBeside(int ordinal) => Math.Min(ordinal | (PageSlots - 1), Count - 1);

    /// <summary>Has the page of a slot leave, unless one of its profiles is in memory or was just touched.</summary>
    /// <exception cref="IOException">The cold file cannot be written.</exception>
    internal void TryEvict(int ordinal)
    {
        ref var page = ref _pages[(uint)ordinal / PageSlots];
        foreach (ref readonly var slot in new ReadOnlySpan<ProfileSlot>((void*)page.Start, PageSlots))
        {
            if (slot.IsInMemory || slot.Has(SlotFlags.Touched))
            {
                return;
            }
        }

        var bytes = Bytes(page.Start);
        var hash = XxHash3.HashToUInt64(bytes);
        if (page.Cold.IsNone || hash != page.ColdHash)
        {
            var place = cold.Append(new ColdRecord(PageBytes, FirstBeside(ordinal), SlabPart.Slots, default, 0, default), bytes);
            cold.Release(page.Cold);
            (page.Cold, page.ColdHash) = (place, hash);
        }

        _free.Push(page.Start);
        page.Start = 0;
        PagesBytes -= PageBytes;
    }

    /// <summary>Gives room back where pages have left most of it. All pages move.</summary>
    internal void Tidy()
    {
        if ((long)_free.Count * PageBytes <= Math.Max(PagesBytes, SpareBytesMax))
        {
            return;
        }

        nint[] old = [.. _regions];
        _regions.Clear();
        _free.Clear();
        PagesBytes = 0;
        foreach (ref var page in _pages.AsSpan(0, _pageCount))
        {
            if (page.Start != 0)
            {
                var start = TakePage();
                Bytes(page.Start).CopyTo(Bytes(start));
                page.Start = start;
            }
        }

        foreach (var region in old)
        {
            PageMemory.Give((void*)region, RegionBytes);
        }
    }

    /// <summary>Takes a page into memory if it lives at a place, as if it had never been cold.</summary>
    internal void TakeBack(int ordinal, ColdPlace place)
    {
        if (ordinal < Count && _pages[(uint)ordinal / PageSlots].Cold == place)
        {
            _ = this[ordinal];
            cold.Release(place);
            _pages[(uint)ordinal / PageSlots].Cold = default;
        }
    }

    public void Dispose()
    {
        foreach (var region in _regions)
        {
            PageMemory.Give((void*)region, RegionBytes);
        }

        _regions.Clear();
        _free.Clear();
        _pages = [];
    }

    private static Span<byte> Bytes(nint page) => new((void*)page, PageBytes);

    private static int FirstBeside(int ordinal) => ordinal & ~(PageSlots - 1);

    // All that can fail is done first.
    private void Load(int ordinal)
    {
        ref var page = ref _pages[(uint)ordinal / PageSlots];
        var record = cold.Read(page.Cold, FirstBeside(ordinal), SlabPart.Slots);
        var start = TakePage();
        record.Slice(ColdRecord.HeaderBytes, PageBytes).CopyTo(Bytes(start));
        page.Start = start;
    }

    // What is in it is undefined.
    private nint TakePage()
    {
        if (_free.Count == 0)
        {
            var region = (nint)PageMemory.Take(RegionBytes);
            _regions.Add(region);
            for (var offset = RegionBytes - PageBytes; offset >= 0; offset -= PageBytes)
            {
                _free.Push(region + offset);
            }
        }

        PagesBytes += PageBytes;
        return _free.Pop();
    }

    private struct Page
    {
        /// <summary>Where the page is in memory; 0 where it has left.</summary>
        internal nint Start;

        internal ColdPlace Cold;

        /// <summary>What was written there, as a hash: 64 bits, so that no change is ever taken for none.</summary>
        internal ulong ColdHash;
    }
}
