using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Salvage;

/// <summary>The bytes of one file: those that were written, in memory, before those of the file below.</summary>
internal sealed class OverlaidContent(IStorageFile? under) : IDisposable
{
    private const int BlockBytes = 4096;

    private readonly System.Threading.Lock _gate = new();
    private readonly Dictionary<long, byte[]> _blocks = [];

    // What lies behind is zeros, also where the file below has more: it was cut off.
    private long _underBytes = under?.Length ?? 0;
    private long _length = under?.Length ?? 0;

    internal long Length
    {
        get
        {
            lock (_gate)
            {
                return _length;
            }
        }
    }

    internal void Read(string name, long offset, Span<byte> into)
    {
        lock (_gate)
        {
            if (offset + into.Length > _length)
            {
                throw new EndOfStreamException($"{name} ends at {_length}, before {offset + into.Length}.");
            }

            while (into.Length > 0)
            {
                var (block, at) = Math.DivRem(offset, BlockBytes);
                var part = into[..(int)Math.Min(into.Length, BlockBytes - at)];
                if (_blocks.TryGetValue(block, out var bytes))
                {
                    bytes.AsSpan((int)at, part.Length).CopyTo(part);
                }
                else
                {
                    part = into[..(int)Math.Min(into.Length, RunUnderLock(block) - offset)];
                    ReadUnder(offset, part);
                }

                offset += part.Length;
                into = into[part.Length..];
            }
        }
    }

    internal void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _length = Math.Max(_length, offset + bytes.Length);
            while (bytes.Length > 0)
            {
                var (block, at) = Math.DivRem(offset, BlockBytes);
                if (!_blocks.TryGetValue(block, out var into))
                {
                    into = new byte[BlockBytes];
                    ReadUnder(block * BlockBytes, into);
                    _blocks.Add(block, into);
                }

                var part = bytes[..(int)Math.Min(bytes.Length, BlockBytes - at)];
                part.CopyTo(into.AsSpan((int)at));
                offset += part.Length;
                bytes = bytes[part.Length..];
            }
        }
    }

    internal void SetLength(long length)
    {
        lock (_gate)
        {
            if (length < _length)
            {
                CutUnderLock(length);
            }

            _length = length;
        }
    }

    public void Dispose() => under?.Dispose();

    private void CutUnderLock(long length)
    {
        _underBytes = Math.Min(_underBytes, length);
        var (last, at) = Math.DivRem(length, BlockBytes);
        foreach (var block in _blocks.Keys.Where(b => b > last || (b == last && at == 0)).ToList())
        {
            _blocks.Remove(block);
        }

        if (_blocks.TryGetValue(last, out var bytes))
        {
            bytes.AsSpan((int)at).Clear();
        }
    }

    // Up to the next block that was written, so that a long read of the file below is one.
    private long RunUnderLock(long block)
    {
        if (_blocks.Count == 0)
        {
            return long.MaxValue;
        }

        do
        {
            block++;
        }
        while (!_blocks.ContainsKey(block) && block * BlockBytes < _length);

        return block * BlockBytes;
    }

    private void ReadUnder(long offset, Span<byte> into)
    {
        var there = (int)Math.Clamp(_underBytes - offset, 0, into.Length);
        if (there > 0)
        {
            under!.Read(offset, into[..there]);
        }

        into[there..].Clear();
    }
}

/// <summary>A file of <see cref="OverlaidFiles"/>: closing it keeps its content.</summary>
internal sealed class OverlaidFile(string name, OverlaidContent content) : IStorageFile
{
    public string Name => name;

    public long Length => content.Length;

    public void Read(long offset, Span<byte> into) => content.Read(name, offset, into);

    public void Write(long offset, ReadOnlySpan<byte> bytes) => content.Write(offset, bytes);

    public void Sync()
    {
    }

    public void SetLength(long length) => content.SetLength(length);

    public void Dispose()
    {
    }
}
