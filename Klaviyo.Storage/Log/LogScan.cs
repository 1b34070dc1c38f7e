using System.Buffers;

namespace Klaviyo.Storage.Log;

/// <summary>
/// Reads the records of one lane in order and checks each: <c>foreach (var record in lane.Scan(a, b))</c>.
/// </summary>
/// <remarks>
/// <para>Every record must be intact and have the sequence after that of the one before, and the last must end exactly
/// at the end of the scan. A zero word means that a page is full; that is believed only if a record follows.</para>
/// <para>Reads 1 MiB at a time and allocates nothing for a record, whose payload is valid until the next.</para>
/// </remarks>
/// <threadsafety>One thread at a time; the lane may be written meanwhile.</threadsafety>
internal sealed class LogScan : IDisposable
{
    private const int WindowBytes = 1 << 20;
    private const int LengthWordBytes = sizeof(int);

    private readonly LaneReader _reader;
    private readonly long _until;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(WindowBytes);
    private long _windowStart;
    private int _windowBytes;
    private int _overwrites;
    private long _next;
    private long? _sequence;

    /// <summary>Initializes a scan of [<paramref name="from"/>, <paramref name="until"/>).</summary>
    /// <param name="reader">The lane.</param>
    /// <param name="from">The address of a record.</param>
    /// <param name="until">The address behind a record.</param>
    /// <param name="sequence">The sequence of the first record if it is known, else null.</param>
    internal LogScan(LaneReader reader, long from, long until, long? sequence)
    {
        _reader = reader;
        _next = from;
        _until = until;
        _sequence = sequence;
        _windowStart = from;
    }

    /// <summary>Gets the record that <see cref="MoveNext"/> found.</summary>
    public LogRecord Current { get; private set; }

    /// <summary>Gets the address behind the current record.</summary>
    internal LogAddress Next => new(_next);

    public LogScan GetEnumerator() => this;

    /// <summary>Goes to the next record.</summary>
    /// <exception cref="StoreCorruptedException">The next record is damaged or missing.</exception>
    public bool MoveNext()
    {
        while (_next < _until)
        {
            try
            {
                ReadNext();
                return true;
            }
            catch (StoreCorruptedException) when (_reader.MayBeHalf(_overwrites))
            {
                // What is in the window may be half of a record that was being overwritten: read it again.
                _windowBytes = 0;
                _windowStart = _next;
                Thread.Yield();
            }
        }

        return false;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _windowBytes = 0;
    }

    private void ReadNext()
    {
        SkipEndOfPage();
        var end = Math.Min(_reader.Layout.PageEnd(_next), _until);
        var header = Window((int)Math.Min(RecordHeader.EntryBytes, end - _next)).Span;
        var entry = Window(_reader.EntryBytes(header, _next, end, _sequence));
        Current = _reader.Verify(entry, _next, _sequence);
        _sequence = Current.Sequence + 1;
        _next += LogLayout.SpaceOf(Current.Payload.Length);
    }

    private void SkipEndOfPage()
    {
        if (RecordHeader.EntryLength(Window(LengthWordBytes).Span) != 0)
        {
            return;
        }

        var page = _reader.Layout.PageEnd(_next);
        if (page >= _until)
        {
            throw _reader.Corrupted(_next, _sequence, "The log is empty where a record must be.");
        }

        _next = page;
    }

    /// <summary>Gets the bytes from the next record on, reading them if they are not in the window.</summary>
    private ReadOnlyMemory<byte> Window(int bytes)
    {
        var offset = (int)(_next - _windowStart);
        if (offset + bytes > _windowBytes)
        {
            Fill(bytes);
            offset = 0;
        }

        return _buffer.AsMemory(offset, bytes);
    }

    private void Fill(int bytes)
    {
        if (_buffer.Length < bytes)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(bytes);
        }

        _windowStart = _next;
        _windowBytes = 0;
        _overwrites = _reader.Overwrites;
        while (_windowBytes < bytes)
        {
            _windowBytes += _reader.FetchRun(_next + _windowBytes, _until, _buffer.AsSpan(_windowBytes));
        }
    }
}
