using System.Buffers;
using Klaviyo.Storage.Index;
using MessagePack;

namespace Klaviyo.Storage.Records;

/// <summary>A value by itself, in the form in which records and facts hold it.</summary>
internal static class PackedValue
{
    internal static PropertyValue Read(ReadOnlySpan<byte> bytes, NameTable names)
    {
        var reader = new PayloadReader(bytes);
        return RecordReader.ReadValue(ref reader, names, names.Strings);
    }

    /// <summary>Makes sure that bytes are a value and nothing else.</summary>
    /// <exception cref="InvalidDataException">They are none.</exception>
    internal static bool Check(ReadOnlySpan<byte> bytes, NameTable names)
    {
        var reader = new PayloadReader(bytes);
        RecordReader.CheckValue(ref reader, names);
        return reader.IsAtEnd;
    }

    internal static byte[] OfString(string text)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        writer.Write(text);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
