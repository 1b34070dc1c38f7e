using System.Buffers;
using Klaviyo.Storage.Index;
using MessagePack;

namespace Klaviyo.Storage.Records;

/// <summary>Decodes the values of records that <see cref="RecordWriter"/> wrote.</summary>
internal static class RecordReader
{
    internal static double? ReadNumberOrNil(ref MessagePackReader reader) =>
        reader.TryReadNil() ? null : ReadNumber(ref reader);

    internal static PropertyMap ReadMap(ref MessagePackReader reader, NameTable names)
    {
        var count = reader.ReadMapHeader();
        var map = new PropertyMap(count);
        for (var i = 0; i < count; i++)
        {
            var name = names[reader.ReadInt32()];
            map[name] = ReadValue(ref reader, names);
        }

        return map;
    }

    internal static PropertyValue ReadValue(ref MessagePackReader reader, NameTable names)
    {
        return reader.NextMessagePackType switch
        {
            MessagePackType.Nil => ReadNil(ref reader),
            MessagePackType.Boolean => reader.ReadBoolean(),
            MessagePackType.Integer or MessagePackType.Float => ReadNumber(ref reader),
            MessagePackType.String => reader.ReadString(),
            MessagePackType.Extension => ReadInstant(ref reader),
            MessagePackType.Array => ReadList(ref reader, names),
            MessagePackType.Map => ReadMap(ref reader, names),
            var type => throw new MessagePackSerializationException($"A property value cannot be {type}."),
        };
    }

    /// <summary>Finds one name in a map and decodes only its value.</summary>
    internal static PropertyValue ReadMapValue(ref MessagePackReader reader, int name, NameTable names)
    {
        var count = reader.ReadMapHeader();
        for (var i = 0; i < count; i++)
        {
            if (reader.ReadInt32() == name)
            {
                return ReadValue(ref reader, names);
            }

            reader.Skip();
        }

        return PropertyValue.Null;
    }

    internal static double ReadNumber(ref MessagePackReader reader) =>
        reader.NextMessagePackType == MessagePackType.Integer ? reader.ReadInt64() : reader.ReadDouble();

    private static PropertyValue ReadNil(ref MessagePackReader reader)
    {
        reader.ReadNil();
        return PropertyValue.Null;
    }

    internal static Instant ReadInstant(ref MessagePackReader reader)
    {
        var extension = reader.ReadExtensionFormat();
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        extension.Data.CopyTo(bytes);
        return Instant.FromUnixMs(BitConverter.ToInt64(bytes));
    }

    private static PropertyValue ReadList(ref MessagePackReader reader, NameTable names)
    {
        var items = new PropertyValue[reader.ReadArrayHeader()];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = ReadValue(ref reader, names);
        }

        return items;
    }
}
