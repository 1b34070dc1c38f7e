using System.Buffers;
using System.Text;

namespace Klaviyo.Flows.Interpreter;

/// <summary>Writes numbers and texts of variable length.</summary>
/// <param name="output">Receives the bytes.</param>
internal sealed class ByteWriter(IBufferWriter<byte> output)
{
    /// <summary>Writes a byte.</summary>
    internal void Byte(byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
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
        Encoding.UTF8.GetBytes(value, output.GetSpan(length));
        output.Advance(length);
    }

    /// <summary>Writes bytes with their number in front.</summary>
    internal void Bytes(ReadOnlySpan<byte> bytes)
    {
        Unsigned(bytes.Length);
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
    }

    private void Raw(ulong value)
    {
        var span = output.GetSpan(10);
        var count = 0;
        while (value >= 0x80)
        {
            span[count++] = (byte)((value & 0x7F) | 0x80);
            value >>= 7;
        }

        span[count++] = (byte)value;
        output.Advance(count);
    }
}
