using Klaviyo.Storage.Index;
using MessagePack;

namespace Klaviyo.Storage.Records;

/// <summary>Decodes the values of records that <see cref="RecordWriter"/> wrote.</summary>
internal static class RecordReader
{
    // Far more than a write may have: what is deeper was written by nobody, and must not use up the stack.
    private const int NestingMax = 128;

    internal static PropertyMap ReadMap(ref PayloadReader reader, NameTable names) => ReadMap(ref reader, names, 0);

    private static PropertyMap ReadMap(ref PayloadReader reader, NameTable names, int nesting)
    {
        var count = reader.ReadMapHeader();
        var map = new PropertyMap(count);
        for (var i = 0; i < count; i++)
        {
            var name = names.Known(reader.ReadInt32());
            if (name.Length == 0)
            {
                throw PayloadReader.Malformed();
            }

            map[name] = ReadValue(ref reader, names, strings: null, nesting);
        }

        return map;
    }

    /// <summary>Reads a value.</summary>
    /// <param name="reader">Where the value begins.</param>
    /// <param name="names">The names of the lane.</param>
    /// <param name="strings">Strings to use again; null makes new ones.</param>
    internal static PropertyValue ReadValue(ref PayloadReader reader, NameTable names, RecentStrings? strings) =>
        ReadValue(ref reader, names, strings, 0);

    private static PropertyValue ReadValue(ref PayloadReader reader, NameTable names, RecentStrings? strings, int nesting)
    {
        return reader.NextType switch
        {
            MessagePackType.Nil => ReadNil(ref reader),
            MessagePackType.Boolean => reader.ReadBoolean(),
            MessagePackType.Integer or MessagePackType.Float => reader.ReadNumber(),
            MessagePackType.String => strings is null ? reader.ReadString() : strings.Get(reader.ReadUtf8()),
            MessagePackType.Extension => Instant.FromUnixMs(reader.ReadInstantValue()),
            MessagePackType.Array when nesting < NestingMax => ReadList(ref reader, names, nesting + 1),
            MessagePackType.Map when nesting < NestingMax => ReadMap(ref reader, names, nesting + 1),
            var type => throw new InvalidDataException($"A property value cannot be {type} here."),
        };
    }

    /// <summary>Passes over a map of values of which each can be read.</summary>
    /// <exception cref="InvalidDataException">One cannot.</exception>
    internal static void CheckMap(ref PayloadReader reader, NameTable names) => CheckMap(ref reader, names, 0);

    /// <summary>Passes over a value that can be read.</summary>
    /// <exception cref="InvalidDataException">It cannot.</exception>
    internal static void CheckValue(ref PayloadReader reader, NameTable names) => CheckValue(ref reader, names, 0);

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

    private static void CheckMap(ref PayloadReader reader, NameTable names, int nesting)
    {
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            if (names.Known(reader.ReadInt32()).Length == 0)
            {
                throw PayloadReader.Malformed();
            }

            CheckValue(ref reader, names, nesting);
        }
    }

    private static void CheckValue(ref PayloadReader reader, NameTable names, int nesting)
    {
        switch (reader.NextType)
        {
            case MessagePackType.Map when nesting < NestingMax:
                CheckMap(ref reader, names, nesting + 1);
                break;
            case MessagePackType.Array when nesting < NestingMax:
                for (var left = reader.ReadArrayHeader(); left > 0; left--)
                {
                    CheckValue(ref reader, names, nesting + 1);
                }

                break;
            case MessagePackType.Integer or MessagePackType.Float:
                _ = reader.ReadNumber();
                break;
            case MessagePackType.Nil or MessagePackType.Boolean or MessagePackType.String:
                reader.Skip(1);
                break;
            case MessagePackType.Extension:
                _ = reader.ReadInstantValue();
                break;
            default:
                throw PayloadReader.Malformed();
        }
    }

    private static PropertyValue ReadNil(ref PayloadReader reader)
    {
        _ = reader.TryReadNil();
        return PropertyValue.Null;
    }

    private static PropertyValue ReadList(ref PayloadReader reader, NameTable names, int nesting)
    {
        var items = new PropertyValue[reader.ReadArrayHeader()];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = ReadValue(ref reader, names, strings: null, nesting);
        }

        return items;
    }
}
