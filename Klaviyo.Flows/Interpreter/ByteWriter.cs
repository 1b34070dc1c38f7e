using System.Text;

namespace Klaviyo.Flows.Interpreter;

/// <summary>Writes numbers and texts of variable length into memory of its own, which is used again.</summary>
internal sealed class ByteWriter
{
    private const int NumberBytesMax = 10;
    private byte[] _bytes = new byte[256];

    /// <summary>Gets how many bytes were written.</summary>
    internal int Count { get; private set; }

    /// <summary>Gets what was written. Valid until the next call.</summary>
    internal ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Count);

    /// <summary>Gets what was written. Valid until the next call.</summary>
    internal ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Count);

    /// <summary>Forgets what was written.</summary>
    internal void Clear() => Count = 0;

    /// <summary>Writes a byte.</summary>
    internal void Byte(byte value)
    {
        EnsureRoom(1);
        _bytes[Count++] = value;
    }

    /// <summary>Writes a number that is not negative.</summary>
    internal void Unsigned(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        Raw((ulong)value);
    }

    /// <summary>Writes any number.</summary>
    internal void Signed(long value) => Raw(unchecked((ulong)((value << 1) ^ (value >> 63))));

    /// <summary>Writes a text.</summary>
    internal void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Unsigned(length);
        EnsureRoom(length);
        Count += Encoding.UTF8.GetBytes(value, _bytes.AsSpan(Count));
    }

    /// <summary>Writes bytes with their number in front.</summary>
    internal void Bytes(ReadOnlySpan<byte> bytes)
    {
        Unsigned(bytes.Length);
        EnsureRoom(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Count));
        Count += bytes.Length;
    }

    private void Raw(ulong value)
    {
        EnsureRoom(NumberBytesMax);
        while (value >= 0x80)
        {
            _bytes[Count++] = (byte)((value & 0x7F) | 0x80);
            value >>= 7;
        }

        _bytes[Count++] = (byte)value;
    }

    private void EnsureRoom(int bytes)
    {
        if (Count + bytes > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(Count + bytes, _bytes.Length * 2));
        }
    }
}
