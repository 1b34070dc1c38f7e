namespace Klaviyo.Tests.Faults;

/// <summary>
/// The bytes of a simulated file: as they are now, as they are certain, and the changes between the two.
/// </summary>
internal sealed class SimulatedContent
{
    private readonly List<Change> _unsynced = [];
    private readonly GrowingBytes _now = new();
    private readonly GrowingBytes _durable = new();
    private bool _isHandedOut;
    private bool _mayBeDamaged;

    /// <summary>Gets all bytes as they are now, to damage them; after the next write they are those of before.</summary>
    internal byte[] Bytes
    {
        get
        {
            _isHandedOut = _mayBeDamaged = true;
            return _now.ToArray();
        }
    }

    internal ReadOnlySpan<byte> Span => _now.Span;

    internal void Write(int offset, byte[] bytes) => Add(new Change(offset, bytes));

    internal void SetLength(int length) => Add(new Change(length, null));

    internal void Sync()
    {
        if (_mayBeDamaged)
        {
            _durable.Set(Span);
            _mayBeDamaged = false;
        }
        else
        {
            foreach (var change in _unsynced)
            {
                Apply(_durable, change);
            }
        }

        _unsynced.Clear();
    }

    internal void Replace(ReadOnlySpan<byte> bytes)
    {
        _now.Set(bytes);
        _durable.Set(bytes);
        _unsynced.Clear();
    }

    internal SimulatedContent Clone()
    {
        var copy = new SimulatedContent();
        copy.Replace(Span);
        return copy;
    }

    internal SimulatedContent AfterPowerCut(Random random)
    {
        var bytes = new GrowingBytes();
        bytes.Set(_durable.Span);
        foreach (var change in _unsynced)
        {
            switch ((Fate)random.Next(4))
            {
                case Fate.Kept:
                    Apply(bytes, change);
                    break;
                case Fate.Dropped:
                    break;
                case Fate.Torn:
                    Tear(bytes, change, random, garbles: false);
                    break;
                default:
                    Tear(bytes, change, random, garbles: true);
                    break;
            }
        }

        var copy = new SimulatedContent();
        copy.Replace(bytes.Span);
        return copy;
    }

    private static void Apply(GrowingBytes bytes, Change change)
    {
        if (change.Bytes is null)
        {
            bytes.SetLength(change.Offset);
        }
        else
        {
            bytes.Write(change.Offset, change.Bytes);
        }
    }

    private static void Tear(GrowingBytes bytes, Change change, Random random, bool garbles)
    {
        if (change.Bytes is null)
        {
            if (random.Next(2) != 0)
            {
                Apply(bytes, change);
            }

            return;
        }

        for (var at = 0; at < change.Bytes.Length;)
        {
            var offset = change.Offset + at;
            var left = SimulatedFiles.SectorBytes - (offset % SimulatedFiles.SectorBytes);
            var count = Math.Min(left, change.Bytes.Length - at);
            var sector = change.Bytes.AsSpan(at, count).ToArray();
            at += count;
            var lot = random.Next(garbles ? 3 : 2);
            if (lot == 0)
            {
                continue;
            }

            if (lot == 2)
            {
                Garble(sector, bytes.Span, offset, random);
            }

            bytes.Write(offset, sector);
        }
    }

    private static void Garble(byte[] sector, ReadOnlySpan<byte> old, int offset, Random random)
    {
        for (var i = 0; i < sector.Length; i++)
        {
            if (offset + i >= old.Length || old[offset + i] != sector[i])
            {
                sector[i] = (byte)random.Next(256);
            }
        }
    }

    private void Add(Change change)
    {
        if (_isHandedOut)
        {
            _now.Set(Span);
            _isHandedOut = false;
        }

        _unsynced.Add(change);
        Apply(_now, change);
    }

    private enum Fate
    {
        Kept,
        Dropped,
        Torn,
        Garbled,
    }

    // Without bytes it is a change of the length.
    private sealed record Change(int Offset, byte[]? Bytes);

    // What lies behind the length is undefined.
    private sealed class GrowingBytes
    {
        private byte[] _room = [];
        private int _length;

        internal ReadOnlySpan<byte> Span => _room.AsSpan(0, _length);

        internal byte[] ToArray()
        {
            Array.Resize(ref _room, _length);
            return _room;
        }

        internal void Set(ReadOnlySpan<byte> bytes) => (_room, _length) = (bytes.ToArray(), bytes.Length);

        internal void SetLength(int length)
        {
            if (length > _room.Length)
            {
                Array.Resize(ref _room, Math.Max(length, 2 * _room.Length));
            }

            if (length > _length)
            {
                _room.AsSpan(_length, length - _length).Clear();
            }

            _length = length;
        }

        internal void Write(int offset, ReadOnlySpan<byte> bytes)
        {
            SetLength(Math.Max(_length, offset + bytes.Length));
            bytes.CopyTo(_room.AsSpan(offset));
        }
    }
}
