using System.Buffers;
using System.Buffers.Binary;
using Klaviyo.Storage.Index;
using MessagePack;

namespace Klaviyo.Storage.Records;

/// <summary>Reads a value that <see cref="RecordWriter"/> wrote, from memory of any kind.</summary>
internal static class PackedValue
{
    /// <summary>Reads the value at the start of the bytes.</summary>
    internal static PropertyValue Read(ReadOnlySpan<byte> bytes, NameTable names) => Read(ref bytes, names);

    /// <summary>Reads the value at the start of the bytes, which are then those behind it.</summary>
    internal static PropertyValue Read(ref ReadOnlySpan<byte> bytes, NameTable names)
    {
        switch (MessagePackCode.ToMessagePackType(bytes[0]))
        {
            case MessagePackType.Nil:
                bytes = bytes[1..];
                return PropertyValue.Null;
            case MessagePackType.Boolean:
                var truth = bytes[0] == MessagePackCode.True;
                bytes = bytes[1..];
                return truth;
            case MessagePackType.Integer:
                Check(MessagePackPrimitives.TryReadInt64(bytes, out var whole, out var size));
                bytes = bytes[size..];
                return whole;
            case MessagePackType.Float:
                Check(MessagePackPrimitives.TryReadDouble(bytes, out var number, out size));
                bytes = bytes[size..];
                return number;
            case MessagePackType.String:
                return names.Strings.Get(ReadUtf8(ref bytes));
            case MessagePackType.Extension:
                return ReadInstant(ref bytes);
            case MessagePackType.Array:
                return ReadList(ref bytes, names);
            case MessagePackType.Map:
                return ReadMap(ref bytes, names);
            default:
                throw new MessagePackSerializationException($"A property value cannot begin with {bytes[0]}.");
        }
    }

    /// <summary>Passes over the value at the start of the bytes.</summary>
    /// <returns>The bytes of the value.</returns>
    internal static ReadOnlySpan<byte> Skip(ref ReadOnlySpan<byte> bytes)
    {
        var from = bytes;
        for (var left = 1L; left > 0; left--)
        {
            left += SkipOne(ref bytes);
        }

        return from[..(from.Length - bytes.Length)];
    }

    /// <summary>Writes a string as a value.</summary>
    internal static byte[] WriteString(string text)
    {
        var writer = new ArrayBufferWriter<byte>();
        var packer = new MessagePackWriter(writer);
        packer.Write(text);
        packer.Flush();
        return writer.WrittenSpan.ToArray();
    }

    internal static int ReadMapCount(ref ReadOnlySpan<byte> bytes)
    {
        Check(MessagePackPrimitives.TryReadMapHeader(bytes, out var count, out var size));
        bytes = bytes[size..];
        return (int)count;
    }

    internal static int ReadInt32(ref ReadOnlySpan<byte> bytes)
    {
        Check(MessagePackPrimitives.TryReadInt32(bytes, out var value, out var size));
        bytes = bytes[size..];
        return value;
    }

    internal static long ReadInt64(ref ReadOnlySpan<byte> bytes)
    {
        Check(MessagePackPrimitives.TryReadInt64(bytes, out var value, out var size));
        bytes = bytes[size..];
        return value;
    }

    private static ReadOnlySpan<byte> ReadUtf8(ref ReadOnlySpan<byte> bytes)
    {
        Check(MessagePackPrimitives.TryReadStringHeader(bytes, out var length, out var size));
        var text = bytes.Slice(size, (int)length);
        bytes = bytes[(size + (int)length)..];
        return text;
    }

    private static PropertyValue ReadInstant(ref ReadOnlySpan<byte> bytes)
    {
        Check(MessagePackPrimitives.TryReadExtensionHeader(bytes, out var header, out var size));
        var value = BinaryPrimitives.ReadInt64LittleEndian(bytes.Slice(size, (int)header.Length));
        bytes = bytes[(size + (int)header.Length)..];
        return Instant.FromUnixMs(value);
    }

    private static PropertyValue ReadList(ref ReadOnlySpan<byte> bytes, NameTable names)
    {
        Check(MessagePackPrimitives.TryReadArrayHeader(bytes, out var count, out var size));
        bytes = bytes[size..];
        var items = new PropertyValue[count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = Read(ref bytes, names);
        }

        return items;
    }

    private static PropertyMap ReadMap(ref ReadOnlySpan<byte> bytes, NameTable names)
    {
        var count = ReadMapCount(ref bytes);
        var map = new PropertyMap(count);
        for (var i = 0; i < count; i++)
        {
            var name = names[ReadInt32(ref bytes)];
            map[name] = Read(ref bytes, names);
        }

        return map;
    }

    /// <summary>Passes over one token.</summary>
    /// <returns>How many values stand inside it.</returns>
    private static long SkipOne(ref ReadOnlySpan<byte> bytes)
    {
        switch (MessagePackCode.ToMessagePackType(bytes[0]))
        {
            case MessagePackType.Array:
                Check(MessagePackPrimitives.TryReadArrayHeader(bytes, out var count, out var size));
                bytes = bytes[size..];
                return count;
            case MessagePackType.Map:
                return 2L * ReadMapCount(ref bytes);
            case MessagePackType.String:
                _ = ReadUtf8(ref bytes);
                return 0;
            case MessagePackType.Extension:
                Check(MessagePackPrimitives.TryReadExtensionHeader(bytes, out var header, out size));
                bytes = bytes[(size + (int)header.Length)..];
                return 0;
            case MessagePackType.Integer:
                _ = ReadInt64(ref bytes);
                return 0;
            case MessagePackType.Float:
                Check(MessagePackPrimitives.TryReadDouble(bytes, out _, out size));
                bytes = bytes[size..];
                return 0;
            default:
                bytes = bytes[1..];
                return 0;
        }
    }

    private static void Check(MessagePackPrimitives.DecodeResult result)
    {
        if (result != MessagePackPrimitives.DecodeResult.Success)
        {
            throw new MessagePackSerializationException($"A value cannot be read: {result}.");
        }
    }
}
