using Klaviyo.Storage.Index;
using MessagePack;

namespace Klaviyo.Storage.Records;

/// <summary>Decodes the values of records that <see cref="RecordWriter"/> wrote.</summary>
internal static class RecordReader
{
    internal static PropertyMap ReadMap(ref MessagePackReader reader, NameTable names)
    {
        var payload = Next(ref reader);
        return ReadMap(ref payload, names);
    }

    internal static PropertyMap ReadMap(ref PayloadReader reader, NameTable names)
    {
        var count = reader.ReadMapHeader();
        var map = new PropertyMap(count);
        for (var i = 0; i < count; i++)
        {
            var name = names[reader.ReadInt32()];
            map[name] = ReadValue(ref reader, names, texts: null);
        }

        return map;
    }

    /// <summary>Reads a value that stands in a record of somebody else, e.g. of a checkpoint.</summary>
    internal static PropertyValue ReadValue(ref MessagePackReader reader, NameTable names)
    {
        var payload = Next(ref reader);
        return ReadValue(ref payload, names, texts: null);
    }

    /// <param name="reader">Where the value begins.</param>
    /// <param name="names">The names of the lane.</param>
    /// <param name="texts">Strings to use again; null makes new ones.</param>
    internal static PropertyValue ReadValue(ref PayloadReader reader, NameTable names, RecentTexts? texts)
    {
        return reader.NextType switch
        {
            MessagePackType.Nil => ReadNil(ref reader),
            MessagePackType.Boolean => reader.ReadBoolean(),
            MessagePackType.Integer or MessagePackType.Float => reader.ReadNumber(),
            MessagePackType.String => texts is null ? reader.ReadString() : texts.Of(reader.ReadUtf8()),
            MessagePackType.Extension => Instant.FromUnixMs(reader.ReadExtension(RecordWriter.InstantExtension)),
            MessagePackType.Array => ReadList(ref reader, names),
            MessagePackType.Map => ReadMap(ref reader, names),
            var type => throw new MessagePackSerializationException($"A property value cannot be {type}."),
        };
    }

    /// <summary>Finds one name in a map and decodes only its value.</summary>
    internal static PropertyValue ReadMapValue(ref PayloadReader reader, int name, NameTable names, RecentTexts? texts)
    {
        var count = reader.ReadMapHeader();
        for (var i = 0; i < count; i++)
        {
            if (reader.ReadInt32() == name)
            {
                return ReadValue(ref reader, names, texts);
            }

            reader.Skip(1);
        }

        return PropertyValue.Null;
    }

    // What is read here was written in one piece, so its bytes lie in one.
    private static PayloadReader Next(ref MessagePackReader reader) => new(reader.ReadRaw().FirstSpan);

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
            items[i] = ReadValue(ref reader, names, texts: null);
        }

        return items;
    }
}
