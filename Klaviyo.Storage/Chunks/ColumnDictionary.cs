using System.Buffers.Binary;
using System.Text;

namespace Klaviyo.Storage.Chunks;

/// <summary>The strings of a column, each once.</summary>
/// <remarks>
/// Bytes: the ends of the strings, 4 bytes each, then the strings in UTF-8. A string is made when it is first asked for
/// and then kept, unless there are so many that they would fill the memory: those are made anew each time.
/// </remarks>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class ColumnDictionary(Chunk chunk, PartPlace place, int count) : ChunkPart(chunk, place)
{
    private const int KeptMax = 1 << 13;

    // An object with a string of n characters takes some 22 + 2n bytes, and a reference.
    private const int StringOverhead = 32;

    private string?[]? _strings;

    /// <summary>Gets the number of strings.</summary>
    internal int Count => count;

    /// <inheritdoc/>
    internal override int Weight =>
        count > KeptMax ? Place.Bytes : Place.Bytes + (2 * Place.Bytes) + (count * StringOverhead);

    internal string this[long code] => count > KeptMax ? Text((int)code) : Kept((int)code);

    /// <inheritdoc/>
    protected override void GaveUp() => Volatile.Write(ref _strings, null);

    private string Kept(int code)
    {
        var strings = Volatile.Read(ref _strings) ?? NewStrings();
        return Volatile.Read(ref strings[code]) ?? (strings[code] = Text(code));
    }

    private string?[] NewStrings()
    {
        var strings = new string?[count];
        return Interlocked.CompareExchange(ref _strings, strings, null) ?? strings;
    }

    private string Text(int code)
    {
        var bytes = Bytes;
        var texts = bytes[(count * sizeof(int))..];
        var start = code == 0 ? 0 : End(bytes, code - 1);
        return Encoding.UTF8.GetString(texts[start..End(bytes, code)]);
    }

    private static int End(ReadOnlySpan<byte> bytes, int code) =>
        BinaryPrimitives.ReadInt32LittleEndian(bytes[(code * sizeof(int))..]);
}
