using FASTER.core;

namespace Klaviyo.Storage.Log;

/// <summary>The log of one lane: records in order, each at an address for ever.</summary>
/// <remarks>
/// <para>A record goes into our own copy of the page at the tail, and from there into FASTER, which writes full pages
/// by itself and the page at the tail when it is told to. What is in the files does not yet exist: only
/// <see cref="EventLog.CommitAsync"/> makes it so.</para>
/// <para>Because a lane has one writer, it is known in advance where FASTER will put a record, and the checksum can
/// cover the address. That the two agree is checked for every record.</para>
/// </remarks>
/// <threadsafety>
/// <see cref="Append"/> by one thread at a time, the one that holds the lane's gate. Everything else by any thread.
/// </threadsafety>
internal sealed class LaneLog : IDisposable
{
    // Less is not worth a write of its own.
    private const int AheadBytes = 64 << 10;

    private readonly LogLayout _layout;
    private readonly LogFault _fault;
    private readonly uint _seed;
    private readonly LaneSegments _segments;
    private readonly FlushProgress _progress;
    private readonly LaneDevice _device;
    private readonly RecentPages _recent;
    private readonly LaneReader _reader;
    private readonly FasterLog _log;
    private readonly Action _flush;
    private long _tail;
    private long _ahead;
    private long _lastSequence;

    private LaneLog(LaneSetup setup)
    {
        Lane = setup.Lane;
        Begin = setup.Durable.Begin;
        _layout = setup.Manifest.Layout;
        _fault = setup.Fault;
        _seed = RecordHeader.Seed(setup.Manifest.StoreId, Lane);
        _tail = _ahead = setup.Durable.Until.Value;
        _lastSequence = setup.Durable.LastSequence;
        _segments = new LaneSegments(setup.Files, Lane, _layout);
        _progress = new FlushProgress(_tail, _fault);
        _device = new LaneDevice(_segments, _fault, _tail);
        _recent = new RecentPages(_layout, setup.Pages);
        _reader = new LaneReader(_segments, _recent, _progress, _seed);
        _log = new FasterLog(setup.Settings(_device));
        _device.AfterWrite = () => _progress.Advance(_log.FlushedUntilAddress);
        _flush = () => _log.Commit();
    }

    internal int Lane { get; }

    /// <summary>Gets the folder of the lane's files.</summary>
    internal string Folder => _segments.Folder;

    /// <summary>Gets the address of the first record.</summary>
    internal LogAddress Begin { get; }

    /// <summary>Gets the address behind the last record.</summary>
    internal LogAddress Tail => new(Volatile.Read(ref _tail));

    /// <summary>Gets the sequence of the last record; 0 when there is none.</summary>
    internal long LastSequence => Volatile.Read(ref _lastSequence);

    /// <summary>Gets the largest payload that a record can have.</summary>
    internal int PayloadBytesMax => _layout.PayloadBytesMax;

    /// <summary>Gets what there is now; the caller holds the lane's gate.</summary>
    internal LaneCut Cut() => new(Begin, Tail, LastSequence);

    /// <summary>Opens a lane of which the superblock says what is durable.</summary>
    /// <exception cref="StoreCorruptedException">A file is too short, or the last page is damaged.</exception>
    internal static LaneLog Open(LaneSetup setup)
    {
        var lane = new LaneLog(setup);
        try
        {
            if (!setup.Durable.IsEmpty)
            {
                lane.VerifyLengths();
                if (!setup.IsSalvaged)
                {
                    lane.VerifyLastPage();
                }

                lane.Recover();
            }

            return lane;
        }
        catch
        {
            lane.Dispose();
            throw;
        }
    }

    /// <summary>Adds a record at the tail. The caller holds the lane's gate.</summary>
    /// <returns>The address of the record.</returns>
    /// <remarks>
    /// Allocates nothing, and waits for the disk only when all pages in memory are full and not yet written.
    /// The record is durable when a <see cref="LogCut"/> taken later is.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The payload is longer than <see cref="PayloadBytesMax"/>.
    /// </exception>
    /// <exception cref="StorePoisonedException">The disk has failed.</exception>
    internal LogAddress Append(byte kind, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, PayloadBytesMax, nameof(payload));
        _fault.ThrowIfLatched();
        var space = LogLayout.SpaceOf(payload.Length);
        var address = _layout.Place(_tail, space);
        if (!_recent.Holds(address))
        {
            TakeOverPage(address);
        }

        var header = new RecordHeader(payload.Length, kind, _lastSequence + 1);
        var entry = _recent.Writable(address, RecordHeader.EntryBytes + payload.Length);
        header.Write(entry, payload, _seed, address);
        Enqueue(entry[RecordHeader.EntryOffset..], address);
        Volatile.Write(ref _lastSequence, header.Sequence);
        Volatile.Write(ref _tail, address + space);
        return new LogAddress(address);
    }

    /// <summary>Reads the record at an address, whether it is in the files yet or not.</summary>
    /// <param name="address">An address that Append returned, or that came out of a scan.</param>
    /// <param name="buffer">Where the record is put; exchanged for a larger one when it does not fit.</param>
    /// <returns>The record; its payload lies in <paramref name="buffer"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The address lies outside the log.</exception>
    /// <exception cref="StoreCorruptedException">The record is damaged.</exception>
    internal LogRecord Read(LogAddress address, ref byte[] buffer)
    {
        var tail = Tail;
        ThrowIfOutside(address, address < Begin || address >= tail, nameof(address));
        return _reader.Read(address.Value, tail.Value, ref buffer);
    }

    /// <summary>Makes something of a record that was read.</summary>
    /// <exception cref="StoreCorruptedException">Its content makes no sense.</exception>
    internal TResult Decode<TResult>(in LogRecord record, Func<LogRecord, TResult> decode)
    {
        try
        {
            return decode(record);
        }
        catch (InvalidDataException fault)
        {
            throw Unreadable(record.Address, fault);
        }
    }

    /// <summary>Makes the exception for a record that is what was written and cannot be read all the same.</summary>
    internal StoreCorruptedException Unreadable(LogAddress address, Exception fault) =>
        _reader.Corrupted(address.Value, null, $"The content of a record makes no sense: {fault.Message}");

    /// <summary>Gets the record at an address where it lies, if it is in memory: no copy, no check, no allocation.</summary>
    /// <param name="address">An address that Append returned, or that came out of a scan.</param>
    /// <param name="record">The record; its payload is valid until the gate is left.</param>
    /// <returns>False when it is only in the file: then <see cref="Read"/> has it.</returns>
    /// <remarks>The caller holds the lane's gate, so that no append takes the page away.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The address lies outside the log.</exception>
    internal bool TryGetUnderGate(LogAddress address, out LogRecord record)
    {
        ThrowIfOutside(address, address < Begin || address >= Tail, nameof(address));
        return _reader.TryGetRecent(address.Value, out record);
    }

    /// <summary>Reads the records in [<paramref name="from"/>, <paramref name="until"/>) in order.</summary>
    /// <param name="from">The address of a record, or of the end.</param>
    /// <param name="until">The address behind a record; records that are not in the files yet are seen too.</param>
    /// <exception cref="ArgumentOutOfRangeException">An address lies outside the log.</exception>
    internal LogScan Scan(LogAddress from, LogAddress until)
    {
        ThrowIfOutside(from, from < Begin || from > until, nameof(from));
        ThrowIfOutside(until, until > Tail, nameof(until));
        return new LogScan(_reader, from.Value, until.Value, from == Begin ? 1 : null);
    }

    /// <summary>Has everything up to an address written to the files, and what was appended since.</summary>
    /// <param name="until">The end of a cut.</param>
    /// <param name="onThisThread">Whether this thread does the writing, else the thread pool.</param>
    /// <returns>Completes when it is there, or when the disk has failed.</returns>
    internal Task FlushAsync(LogAddress until, bool onThisThread)
    {
        if (IsFlushed(until))
        {
            return Task.CompletedTask;
        }

        if (onThisThread)
        {
            _device.CarryOut(_flush);
        }
        else
        {
            _flush();
        }

        return _progress.WhenReached(until.Value);
    }

    /// <summary>Makes durable what was flushed before the call. Never call it again after it threw.</summary>
    internal void Sync() => _segments.Sync();

    /// <summary>Begins to write what was appended, where that is much: a commit then has less to wait for.</summary>
    internal void WriteAheadUnderGate()
    {
        if (_tail - Math.Max(_ahead, _progress.Flushed) >= AheadBytes)
        {
            _ahead = _tail;
            _flush();
        }
    }

    /// <summary>Gets how long the payload of a record has to be to fill the page at the tail up, or a part of it.</summary>
    /// <returns>Null where the page is full, or so nearly full that the next record begins another.</returns>
    internal int? FillerBytesUnderGate()
    {
        var room = _layout.PageEnd(_tail) - _tail;
        return room == _layout.PageBytes || room < RecordHeader.EntryBytes
            ? null
            : (int)Math.Min(room - RecordHeader.EntryBytes, PayloadBytesMax & ~(LogLayout.Alignment - 1));
    }

    /// <summary>Cuts off what the files have behind the tail: from a life that ended before it was durable.</summary>
    /// <remarks>The caller holds the gate, and has had everything flushed.</remarks>
    internal void CutOffBehindTailUnderGate()
    {
        const long Sector = LaneDevice.SectorBytes;
        _segments.CutOff((_tail + Sector - 1) / Sector * Sector);
    }

    /// <summary>Cuts off what an earlier life has left behind the tail. Nothing was appended yet.</summary>
    internal void CutOffBehindTail()
    {
        if (!_segments.IsBlankBehind(_tail))
        {
            _segments.CutOff(_tail);
        }
    }

    /// <summary>Makes durable what lies at an address and behind, whoever wrote it.</summary>
    internal void SyncFrom(LogAddress from) => _segments.SyncEarlier(_layout.SegmentOf(from.Value), _layout.SegmentOf(_tail));

    /// <summary>Overwrites a place of the log that FASTER will not write again. The caller holds the lane's gate.</summary>
    internal void OverwriteUnderGate(in Overwrite overwrite, SegmentOverwriter segments)
    {
        _reader.BeginOverwrite();
        try
        {
            var bytes = segments.Write(overwrite, _seed);
            _recent.Overwrite(overwrite.Address, bytes);
        }
        finally
        {
            _reader.EndOverwrite();
        }
    }

    /// <summary>Reads bytes of one page as they are in the file.</summary>
    internal void ReadRaw(long address, Span<byte> into) => _segments.Read(address, into);

    /// <summary>Gets the end of the page of an address.</summary>
    internal long PageEnd(long address) => _layout.PageEnd(address);

    /// <summary>Carries out what is queued for the disk, unless another thread is at it.</summary>
    internal void Help() => _device.Execute();

    internal bool IsFlushed(LogAddress until) => _progress.Flushed >= until.Value;

    public void Dispose()
    {
        // FASTER's pages may be freed only when no write from them is under way.
        _device.Dispose();
        _ = ObserveEndAsync();
        _log.Dispose();
        _segments.Dispose();
    }

    // Dispose fails FASTER's commit task, which nobody waits for; unobserved, it would be reported to the host.
    private async Task ObserveEndAsync()
    {
        try
        {
            await _log.WaitForCommitAsync(long.MaxValue).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // That is how the wait ends.
        }
    }

    private static void ThrowIfOutside(LogAddress address, bool isOutside, string name)
    {
        if (isOutside || address.Value % LogLayout.Alignment != 0)
        {
            throw new ArgumentOutOfRangeException(name, address.Value, "There is no such place in the log.");
        }
    }

    private void TakeOverPage(long address)
    {
        var flushed = _layout.PageEnd(address) - ((long)_recent.Count * _layout.PageBytes);
        if (_progress.Flushed < flushed)
        {
            // Rather than wait for a thread of the pool, which may itself be waiting for this lane.
            Help();
            _progress.WaitFor(flushed);
        }

        if (_tail < address && _recent.Holds(_tail))
        {
            _recent.Writable(_tail, sizeof(int)).Clear();
        }

        _recent.TakeOver(address);
    }

    private void Enqueue(ReadOnlySpan<byte> entry, long address)
    {
        // There is room, because our ring waits for the same page as FASTER's, which may take a moment to free it.
        var spin = new SpinWait();
        long actual;
        while (!_log.TryEnqueue(entry, out actual))
        {
            _fault.ThrowIfLatched();
            spin.SpinOnce();
        }

        if (actual != address)
        {
            _fault.Latch(new InvalidOperationException($"A record went to address {actual} instead of {address}."));
            _fault.ThrowIfLatched();
        }
    }

    private void VerifyLengths()
    {
        var last = Tail.Value - 1;
        for (var segment = _layout.SegmentOf(Begin.Value); segment <= _layout.SegmentOf(last); segment++)
        {
            var start = segment * _layout.SegmentBytes;
            var length = _segments.LengthOf(segment);
            if (length < Math.Min(Tail.Value - start, _layout.SegmentBytes))
            {
                var address = Math.Max(start + length, Begin.Value);
                throw _reader.Corrupted(address, null,
                    $"The file has {length} bytes, the log more: it was cut off, or copied while the store was open.");
            }
        }
    }

    private void VerifyLastPage()
    {
        var page = _layout.PageStart(Tail.Value - 1);
        var from = new LogAddress(Math.Max(page, Begin.Value));
        long last = 0;
        using var scan = Scan(from, Tail);
        while (scan.MoveNext())
        {
            last = scan.Current.Sequence;
        }

        if (last != _lastSequence)
        {
            throw _reader.Corrupted(page, _lastSequence, $"The last record has the sequence {last}.");
        }
    }

    private void Recover()
    {
        _log.Recover();
        if (_log.TailAddress != _tail || _log.BeginAddress != Begin.Value)
        {
            throw _reader.Corrupted(_tail, null, $"FASTER recovered [{_log.BeginAddress}, {_log.TailAddress}).");
        }
    }
}
