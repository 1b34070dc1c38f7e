using Klaviyo.Storage.Index;
using MessagePack;

namespace Klaviyo.Storage.Records;

/// <summary>Decodes the values of records that <see cref="RecordWriter"/> wrote.</summary>
internal static class RecordReader
{
    internal static PropertyMap ReadMap(ref PayloadReader reader, NameTable names)
    {
        var count = reader.ReadMapHeader();
        var map = new PropertyMap(count);
        for (var i = 0; i < count; i++)
        {
            var name = names[reader.ReadInt32()];
            map[name] = ReadValue(ref reader, names, strings: null);
        }

        return map;
    }

    /// <summary>Reads a value.</summary>
    /// <param name="reader">Where the value begins.</param>
    /// <param name="names">The names of the lane.</param>
    /// <param name="strings">Strings to use again; null makes new ones.</param>
    internal static PropertyValue ReadValue(ref PayloadReader reader, NameTable names, RecentStrings? strings)
    {
        return reader.NextType switch
        {
            MessagePackType.Nil => ReadNil(ref reader),
            MessagePackType.Boolean => reader.ReadBoolean(),
            MessagePackType.Integer or MessagePackType.Float => reader.ReadNumber(),
            MessagePackType.String => strings is null ? reader.ReadString() : strings.Get(reader.ReadUtf8()),
            MessagePackType.Extension => Instant.FromUnixMs(reader.ReadExtension(RecordWriter.InstantExtension)),
            MessagePackType.Array => ReadList(ref reader, names),
            MessagePackType.Map => ReadMap(ref reader, names),
            var type => throw new MessagePackSerializationException($"A property value cannot be {type}."),
        };
    }

    /// <summary>Finds one name in a map and decodes only its value.</summary>
    internal static PropertyValue ReadMapValue(ref PayloadReader reader, int name, NameTable names, RecentStrings? strings)
    {
        var count = reader.ReadMapHeader();
        for (var i = 0; i < count; i++)
        {
            if (reader.ReadInt32() == name)
            {
                return ReadValue(ref reader, names, strings);
            }

            reader.Skip(1);
        }

        return PropertyValue.Null;
    }

    private static PropertyValue ReadNil(ref PayloadReader reader)
    {
        _ = reader.TryReadNil();
        return PropertyValue.Null;
    }

    private static PropertyValue ReadList(ref PayloadReader reader, NameTable names)
    {
        var items = new PropertyValue[reader.ReadArrayHeader()];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = ReadValue(ref reader, names, strings: null);
        }

        return items;
    }
}
