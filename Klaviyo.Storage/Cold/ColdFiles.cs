using System.Globalization;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Cold;

/// <summary>The cold files of one lane: profiles that left memory, one record behind the other.</summary>
/// <remarks>
/// <para>Records are only added, to the file under way, and are found by their place. A record that nobody names any more is
/// waste; a file of which more than half is waste is emptied by its user, and kept until no checkpoint can name it.</para>
/// <para>They are derived: an opening takes them over only as far as a checkpoint names them and every record is intact,
/// else all is made again from the log.</para>
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class ColdFiles(IStorageFiles files, string prefix, uint seed, long fileBytesMax) : IDisposable
{
    private const int BufferBytes = 1 << 20;

    private readonly SortedDictionary<int, ColdFile> _all = [];
    private readonly Queue<ColdFile> _wasted = [];
    private byte[] _buffer = [];
    private byte[] _scratch = new byte[4096];
    private ColdFile? _newest;
    private int _buffered;
    private int _lastNumber;

    /// <summary>Gets the bytes of all files, also those that are only kept for a checkpoint.</summary>
    internal long Bytes => _all.Values.Sum(f => f.Length);

    /// <summary>Gets the bytes of memory that this takes.</summary>
    internal long MemoryBytes => _buffer.Length + _scratch.Length;

    /// <summary>Gets the number of the last file that was begun.</summary>
    internal int LastNumber => _lastNumber;

    /// <summary>Gets the file that is written to; null where the next record begins one.</summary>
    internal ColdFile? UnderWay => _newest;

    /// <summary>Gets the files in which something lives.</summary>
    internal IEnumerable<ColdFile> Living => _all.Values.Where(f => f.Live > 0);

    /// <summary>Gets all files.</summary>
    internal IEnumerable<ColdFile> All => _all.Values;

    /// <summary>Gets how large to make a buffer for so many bytes, so that it need not grow with every larger record.</summary>
    internal static int RoomFor(int bytes) => (int)Math.Min(2L * bytes, Array.MaxLength);

    /// <summary>Adds a record.</summary>
    /// <returns>Where it is.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    internal ColdPlace Append(in ColdRecord record, ReadOnlySpan<byte> body)
    {
        var bytes = MakeRoom(record.SpaceBytes);
        body.CopyTo(bytes[ColdRecord.HeaderBytes..]);
        var place = new ColdPlace(_newest!.Number, _newest.Length, record.SpaceBytes);
        record.Seal(bytes, seed, place);
        _buffered += record.SpaceBytes;
        _newest.Length += record.SpaceBytes;
        _newest.Seal = SealWith(_newest.Seal, bytes);
        _newest.Live += place.Bytes;
        _newest.Written += place.Bytes;
        return place;
    }

    /// <summary>Reads a record.</summary>
    /// <returns>The record whole, valid until the next call.</returns>
    /// <exception cref="StoreCorruptedException">It is not what was written there.</exception>
    internal ReadOnlySpan<byte> Read(ColdPlace place)
    {
        var file = _all[place.File];
        var bytes = Fetch(file, place.Offset, place.Bytes);
        if (place.Bytes == ColdPlace.UnitsMax * ColdPlace.Unit)
        {
            bytes = Fetch(file, place.Offset, SpaceOf(file, place.Offset, ColdRecord.Read(bytes)));
        }

        return ColdRecord.IsIntact(bytes, seed, place) ? bytes : throw Damaged(file, place.Offset);
    }

    /// <summary>Reads a record that has to be a part of a profile.</summary>
    /// <returns>The record whole, valid until the next call.</returns>
    /// <exception cref="StoreCorruptedException">It is not what was written there, or is of another profile.</exception>
    internal ReadOnlySpan<byte> Read(ColdPlace place, int ordinal, SlabPart part)
    {
        var bytes = Read(place);
        return ColdRecord.Read(bytes) is var record && record.Ordinal == ordinal && record.Part == part
            ? bytes
            : throw Damaged(_all[place.File], place.Offset);
    }

    /// <summary>Tells that nobody names a record any more.</summary>
    internal void Release(ColdPlace place)
    {
        if (!place.IsNone)
        {
            var file = _all[place.File];
            file.Live -= place.Bytes;
            NoteWaste(file);
        }
    }

    /// <summary>Gets a file of which more than half is waste and nothing known to be damaged; null where there is none.</summary>
    /// <remarks>Each is given once, and again when more of it has become waste.</remarks>
    internal ColdFile? NextWasted()
    {
        while (_wasted.TryDequeue(out var file))
        {
            file.IsNoted = false;
            if (IsWasted(file))
            {
                return file;
            }
        }

        return null;
    }

    /// <summary>Reads the records of a file in order, starting at an offset.</summary>
    /// <returns>False at its end.</returns>
    /// <remarks>The records are not checked: what they are good for is read again.</remarks>
    /// <exception cref="StoreCorruptedException">There can be no such record.</exception>
    internal bool TryReadNext(ColdFile file, ref long offset, out ColdPlace place, out ColdRecord record)
    {
        (place, record) = (default, default);
        if (offset >= file.Length)
        {
            return false;
        }

        record = ColdRecord.Read(Fetch(file, offset, ColdRecord.HeaderBytes));
        var space = SpaceOf(file, offset, record);
        place = new ColdPlace(file.Number, offset, space);
        offset += space;
        return true;
    }

    /// <summary>Writes out what is buffered, and gives the files that are still to be synced: that takes long, and needs no gate.</summary>
    internal IReadOnlyList<ColdFile> FlushForSync()
    {
        Flush();
        return [.. _all.Values.Where(f => !f.Synced)];
    }

    /// <summary>Writes no more to the file under way: what comes next goes to a new one.</summary>
    internal void BeginAnew()
    {
        Flush();
        var last = _newest;
        _newest = null;
        if (last is not null)
        {
            NoteWaste(last);
        }
    }

    /// <summary>Writes out what is buffered.</summary>
    internal void Flush()
    {
        if (_buffered > 0)
        {
            var file = _newest!;
            file.Synced = false;
            file.Content.Write(file.Length - _buffered, _buffer.AsSpan(0, _buffered));
            _buffered = 0;
        }
    }

    /// <summary>Takes out the files in which nothing lives, but for those that a checkpoint may still name.</summary>
    internal IReadOnlyList<ColdFile> TakeOut(IReadOnlySet<int> keep)
    {
        ColdFile[] unused = [.. _all.Values.Where(f => f.Live == 0 && f != _newest && !keep.Contains(f.Number))];
        foreach (var file in unused)
        {
            _all.Remove(file.Number);
        }

        return unused;
    }

    /// <summary>Deletes files that were taken out. No gate is needed: nobody knows them any more.</summary>
    internal void Delete(IReadOnlyList<ColdFile> takenOut)
    {
        foreach (var file in takenOut)
        {
            file.Content.Dispose();
            files.Delete(Name(file.Number));
        }
    }

    /// <summary>Takes over a file of an earlier life, after a look at every record.</summary>
    /// <returns>False where it is missing, too short, damaged, or another that got the same number.</returns>
    internal bool TryAdopt(in ColdFileMark mark)
    {
        var (number, length, seal) = mark;
        _lastNumber = Math.Max(_lastNumber, number);
        if (length < 0 || _all.ContainsKey(number) || !files.Exists(Name(number)))
        {
            return false;
        }

        var file = new ColdFile(number, files.Open(Name(number))) { Synced = true, Length = length };
        _all.Add(number, file);
        return file.Content.Length >= length && IsIntact(file) && file.Seal == seal;
    }

    /// <summary>Takes account of a record that a slot of an adopted checkpoint names, and of the one behind it.</summary>
    internal void Retain(ColdPlace place, bool chained)
    {
        if (place.IsNone)
        {
            return;
        }

        var file = _all[place.File];
        if (place.Offset + place.Bytes > file.Length)
        {
            throw new InvalidDataException("A cold profile lies behind the end of its file.");
        }

        file.Live += place.Bytes;
        NoteWaste(file);
        if (chained)
        {
            Retain(ColdRecord.Read(Fetch(_all[place.File], place.Offset, ColdRecord.HeaderBytes)).Before, chained: false);
        }
    }

    /// <summary>Lets go of all files that were adopted.</summary>
    internal void Abandon()
    {
        Dispose();
        _all.Clear();
        _wasted.Clear();
    }

    /// <summary>Gives new files numbers behind those of all that are there: a checkpoint that is not chosen yet may name them.</summary>
    internal void BeginBehindOthers()
    {
        foreach (var name in files.List().Where(n => n.StartsWith(prefix, StringComparison.Ordinal)))
        {
            _lastNumber = Math.Max(_lastNumber, NumberOf(name));
        }
    }

    /// <summary>Deletes files that are there but were not adopted.</summary>
    internal void DeleteStrangers()
    {
        foreach (var name in files.List().Where(n => n.StartsWith(prefix, StringComparison.Ordinal)))
        {
            _lastNumber = Math.Max(_lastNumber, NumberOf(name));
            if (!_all.ContainsKey(NumberOf(name)))
            {
                files.Delete(name);
            }
        }
    }

    public void Dispose()
    {
        foreach (var file in _all.Values)
        {
            file.Content.Dispose();
        }
    }

    internal string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}");

    private int NumberOf(string name) =>
        int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private Span<byte> MakeRoom(int bytes)
    {
        if (_newest is null || _newest.Length + bytes > Math.Max(fileBytesMax, bytes))
        {
            BeginAnew();
            _newest = new ColdFile(++_lastNumber, files.Open(Name(_lastNumber), create: true));
            _all.Add(_newest.Number, _newest);
        }

        if ((long)_buffered + bytes > _buffer.Length)
        {
            Flush();
            if (_buffer.Length < bytes)
            {
                _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(BufferBytes, bytes));
            }
        }

        return _buffer.AsSpan(_buffered, bytes);
    }

    private bool IsWasted(ColdFile file) => file != _newest && !file.IsDamaged && file.Live > 0 && file.Live < file.Written / 2;

    // So that nobody has to look through all files, of which there may be thousands.
    private void NoteWaste(ColdFile file)
    {
        if (!file.IsNoted && IsWasted(file))
        {
            file.IsNoted = true;
            _wasted.Enqueue(file);
        }
    }

    private ReadOnlySpan<byte> Fetch(ColdFile file, long offset, int bytes)
    {
        if (file == _newest && offset >= file.Length - _buffered)
        {
            return _buffer.AsSpan((int)(offset - (file.Length - _buffered)), bytes);
        }

        if (_scratch.Length < bytes)
        {
            _scratch = GC.AllocateUninitializedArray<byte>(RoomFor(bytes));
        }

        try
        {
            file.Content.Read(offset, _scratch.AsSpan(0, bytes));
        }
        catch (EndOfStreamException)
        {
            throw Damaged(file, offset);
        }

        return _scratch.AsSpan(0, bytes);
    }

    private int SpaceOf(ColdFile file, long offset, in ColdRecord record) =>
        Fits(file, offset, record) ? record.SpaceBytes : throw Damaged(file, offset);

    // A header that nobody has checked yet may say anything.
    private static bool Fits(ColdFile file, long offset, in ColdRecord record) =>
        record is { BodyBytes: >= 0, Ordinal: >= 0 } && record.BodyBytes <= file.Length - offset - ColdRecord.HeaderBytes;

    private static uint SealWith(uint seal, ReadOnlySpan<byte> record) => Crc32C.Add(seal, ColdRecord.ChecksumOf(record));

    private bool IsIntact(ColdFile file)
    {
        var window = new ColdWindow(file);
        for (long offset = 0; offset < file.Length;)
        {
            if (!window.TryGet(offset, ColdRecord.HeaderBytes, out var header))
            {
                return false;
            }

            var head = ColdRecord.Read(header);
            if (!Fits(file, offset, head))
            {
                return false;
            }

            var (size, place) = (head.SpaceBytes, new ColdPlace(file.Number, offset, head.SpaceBytes));
            if (!window.TryGet(offset, size, out var record) || !ColdRecord.IsIntact(record, seed, place))
            {
                return false;
            }

            file.Seal = SealWith(file.Seal, record);
            file.Written += place.Bytes;
            offset += size;
        }

        return true;
    }

    private StoreCorruptedException Damaged(ColdFile file, long offset)
    {
        file.IsDamaged = true;
        return new StoreCorruptedException(
            Name(file.Number), offset, null, null, "A cold profile is damaged. Open the store again: it is made anew from the log.");
    }
}

/// <summary>One cold file.</summary>
internal sealed class ColdFile(int number, IStorageFile content)
{
    internal int Number => number;

    internal IStorageFile Content => content;

    /// <summary>Gets or sets the bytes in it, those that are still buffered among them.</summary>
    internal long Length { get; set; }

    /// <summary>Gets or sets the checksum over those of all records: two files that got the same number differ in it.</summary>
    internal uint Seal { get; set; }

    /// <summary>Gets what a checkpoint notes of the file.</summary>
    internal ColdFileMark Mark => new(Number, Length, Seal);

    /// <summary>Gets or sets the bytes of records that somebody names.</summary>
    internal long Live { get; set; }

    /// <summary>Gets or sets the bytes of all records, as <see cref="Live"/> counts: of a long one no more than a place can say.</summary>
    internal long Written { get; set; }

    /// <summary>Gets or sets whether it waits to be emptied.</summary>
    internal bool IsNoted { get; set; }

    /// <summary>Gets or sets whether something in it was found damaged.</summary>
    internal bool IsDamaged { get; set; }

    internal bool Synced { get; set; }
}

/// <summary>A cold file, as a checkpoint names it.</summary>
internal readonly record struct ColdFileMark(int Number, long Length, uint Seal);
