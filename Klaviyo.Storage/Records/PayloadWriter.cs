using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using MessagePack;

namespace Klaviyo.Storage.Records;

/// <summary>Writes MessagePack into one array that is kept from record to record.</summary>
/// <remarks>
/// Takes the shortest form of everything, as MessagePack's own writer does. That one writes to any buffer writer, which
/// costs a call and a check a token; a record here is a few dozen tokens into memory that is already there.
/// </remarks>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class PayloadWriter
{
    private const int ScalarBytesMax = 9;
    private const int HeaderBytesMax = 5;
    private const int Utf8BytesMax = 3;

    private byte[] _bytes = new byte[1024];
    private int _count;

    /// <summary>Gets what was written since <see cref="Clear"/>. Valid until the next call.</summary>
    internal ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _count);

    internal void Clear() => _count = 0;

    internal void WriteNil() => Room(1)[_count++] = MessagePackCode.Nil;

    internal void Write(bool value) => Room(1)[_count++] = value ? MessagePackCode.True : MessagePackCode.False;

    internal void Write(long value)
    {
        var room = Room(ScalarBytesMax);
        if (value is >= 0 and <= MessagePackCode.MaxFixInt)
        {
            room[_count++] = (byte)value;
            return;
        }

        _ = MessagePackPrimitives.TryWrite(room.AsSpan(_count), value, out var bytes);
        _count += bytes;
    }

    /// <summary>Writes the shortest form that reads back to the same double.</summary>
    internal void Write(double value)
    {
        var whole = (long)Math.Clamp(value, -1e15, 1e15);
        if (whole == value && (whole != 0 || !double.IsNegative(value)))
        {
            Write(whole);
            return;
        }

        var room = Room(ScalarBytesMax).AsSpan(_count);
        var bytes = 0;
        _ = (float)value == value
            ? MessagePackPrimitives.TryWrite(room, (float)value, out bytes)
            : MessagePackPrimitives.TryWrite(room, value, out bytes);
        _count += bytes;
    }

    /// <summary>Writes a number, or nil where there is none.</summary>
    internal void Write(double? value)
    {
        if (value is { } number)
        {
            Write(number);
        }
        else
        {
            WriteNil();
        }
    }

    /// <summary>Writes a string, or nil for null.</summary>
    internal void Write(string? text)
    {
        if (text is null)
        {
            WriteNil();
            return;
        }

        var room = Room(HeaderBytesMax + checked(text.Length * Utf8BytesMax)).AsSpan(_count);

        // Nearly all strings are ASCII; then the length is known before the bytes are, and they are looked at once.
        _ = MessagePackPrimitives.TryWriteStringHeader(room, (uint)text.Length, out var header);
        if (Ascii.FromUtf16(text, room[header..], out var bytes) != OperationStatus.Done)
        {
            bytes = Encoding.UTF8.GetByteCount(text);
            _ = MessagePackPrimitives.TryWriteStringHeader(room, (uint)bytes, out header);
            _ = Encoding.UTF8.GetBytes(text, room[header..]);
        }

        _count += header + bytes;
    }

    internal void WriteArrayHeader(int count)
    {
        _ = MessagePackPrimitives.TryWriteArrayHeader(Room(HeaderBytesMax).AsSpan(_count), (uint)count, out var bytes);
        _count += bytes;
    }

    internal void WriteMapHeader(int count)
    {
        _ = MessagePackPrimitives.TryWriteMapHeader(Room(HeaderBytesMax).AsSpan(_count), (uint)count, out var bytes);
        _count += bytes;
    }

    /// <summary>Writes eight bytes, little-endian, as an extension of a type.</summary>
    internal void WriteExtension(sbyte type, long value)
    {
        var room = Room(HeaderBytesMax + sizeof(long)).AsSpan(_count);
        _ = MessagePackPrimitives.TryWriteExtensionFormatHeader(room, new ExtensionHeader(type, sizeof(long)), out var header);
        BinaryPrimitives.WriteInt64LittleEndian(room[header..], value);
        _count += header + sizeof(long);
    }

    /// <summary>Writes what is written already.</summary>
    internal void WriteRaw(ReadOnlySpan<byte> written)
    {
        written.CopyTo(Room(written.Length).AsSpan(_count));
        _count += written.Length;
    }

    /// <summary>Gets the array, with room for so many bytes behind what is written.</summary>
    private byte[] Room(int bytes)
    {
        if (_bytes.Length - _count < bytes)
        {
            Array.Resize(ref _bytes, Math.Max(checked(_count + bytes), 2 * _bytes.Length));
        }

        return _bytes;
    }
}
