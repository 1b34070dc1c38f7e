using System.Buffers;

namespace Klaviyo.Storage.Images;

/// <summary>Writes a page of a state.</summary>
internal delegate void PageWriter(int page, IBufferWriter<byte> into);

/// <summary>A part of the state as bytes, as it was when the image was begun, while it goes on changing.</summary>
/// <remarks>
/// <para>The state is cut into pages. Each is written once, by whoever comes first: a step of the checkpoint, or the writer who
/// is about to change it. So nothing is copied, beginning costs the same at any size, and nobody waits longer than a page takes.</para>
/// <para>Whoever changes what is in a page calls <see cref="Keep"/> before that. What was not there at the beginning is in no
/// page. Pages that writers touch faster than the checkpoint takes them lie in memory as bytes.</para>
/// </remarks>
/// <threadsafety>Under the gate of what it is an image of; a part that was taken may be read outside, until the next call.</threadsafety>
internal sealed class PagedImage
{
    // A little less than what the garbage collector takes for small, with a page on top.
    private const int PartBytes = 56 << 10;

    // Some tens of microseconds under the gate.
    private const int StepBytes = 8 << 10;
    private const int StepPages = 256;

    private readonly Queue<ArrayBufferWriter<byte>> _full = [];
    private readonly Stack<ArrayBufferWriter<byte>> _spare = [];
    private readonly ulong[] _written;
    private readonly byte[] _header;
    private readonly PageWriter _write;
    private ArrayBufferWriter<byte>? _open;
    private ArrayBufferWriter<byte>? _taken;
    private int _pages;
    private int _next;

    /// <summary>Begins an image.</summary>
    /// <param name="pages">How many pages there are.</param>
    /// <param name="write">Writes a page as it is now.</param>
    /// <param name="header">What every part begins with.</param>
    internal PagedImage(int pages, PageWriter write, params byte[] header)
    {
        (_pages, _write, _header) = (pages, write, header);
        _written = new ulong[PagesOf(pages, 64)];
    }

    /// <summary>Gets how many pages so many items need.</summary>
    internal static int PagesOf(int items, int itemsInPage) => (items + itemsInPage - 1) / itemsInPage;

    /// <summary>Makes an image that is a few bytes.</summary>
    internal static PagedImage Of(byte[] bytes) => new(1, (_, into) => into.Write(bytes));

    /// <summary>Writes a page, unless the image has it.</summary>
    internal void Keep(int page)
    {
        if ((uint)page < (uint)_pages && (_written[page >> 6] >> page & 1) == 0)
        {
            Write(page);
        }
    }

    /// <summary>Goes on for some tens of microseconds.</summary>
    /// <param name="part">Some bytes of the image, valid until the next call; empty where there are none yet.</param>
    /// <returns><see langword="false"/> when there is no more.</returns>
    internal bool TryStep(out ReadOnlyMemory<byte> part)
    {
        GiveBackTaken();
        var (begin, last) = (_open?.WrittenCount ?? 0, Math.Min(_pages, _next + StepPages));
        while (_next < last && _full.Count == 0 && (_open?.WrittenCount ?? 0) - begin < StepBytes)
        {
            Keep(_next++);
        }

        if (_next == _pages && _open is not null)
        {
            _full.Enqueue(_open);
            _open = null;
        }

        part = _full.TryDequeue(out _taken) ? _taken.WrittenMemory : default;
        return _taken is not null || _next < _pages;
    }

    /// <summary>Gets all that is to come, while nothing changes. Each part is valid until the next.</summary>
    internal IEnumerable<ReadOnlyMemory<byte>> Rest()
    {
        while (TryStep(out var part))
        {
            if (part.Length > 0)
            {
                yield return part;
            }
        }
    }

    /// <summary>Ends it: nothing is kept any more.</summary>
    internal void Abandon()
    {
        _next = _pages = 0;
        (_open, _taken) = (null, null);
        _full.Clear();
        _spare.Clear();
    }

    private void Write(int page)
    {
        _written[page >> 6] |= 1UL << page;
        if (_open is null)
        {
            _open = _spare.TryPop(out var spare) ? spare : new ArrayBufferWriter<byte>();
            _open.Write(_header);
        }

        _write(page, _open);
        if (_open.WrittenCount >= PartBytes)
        {
            _full.Enqueue(_open);
            _open = null;
        }
        else if (_open.WrittenCount == _header.Length)
        {
            // Nothing was in the page: a part is never a header alone.
            _open.ResetWrittenCount();
            _spare.Push(_open);
            _open = null;
        }
    }

    private void GiveBackTaken()
    {
        if (_taken is not null)
        {
            _taken.ResetWrittenCount();
            _spare.Push(_taken);
            _taken = null;
        }
    }
}
