using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Chunks;

/// <summary>Gives each different string of a column a number, in the order of their coming.</summary>
/// <remarks>Open addressing over the checksum of the bytes, which the processor computes 8 bytes a step.</remarks>
internal sealed class DictionaryBuilder : IDisposable
{
    private const int FirstSlots = 64;
    private readonly UnmanagedList<int> _ends = new();
    private readonly UnmanagedList<byte> _texts = new();
    private UnmanagedList<int> _table = Table(FirstSlots);

    /// <summary>Gets the number of strings.</summary>
    internal int Count => _ends.Count;

    /// <summary>Gets the bytes that the strings would take in a chunk.</summary>
    internal long Bytes => _texts.Count + ((long)Count * sizeof(int));

    /// <summary>Gets the number of a string.</summary>
    internal int CodeOf(ReadOnlySpan<byte> text)
    {
        if (Count * 2 >= _table.Count)
        {
            Grow();
        }

        var slots = _table.Items;
        for (var slot = SlotOf(text, slots); ; slot = (slot + 1) & (slots.Length - 1))
        {
            var code = slots[slot] - 1;
            if (code < 0)
            {
                slots[slot] = Count + 1;
                return Add(text);
            }

            if (text.SequenceEqual(Text(code)))
            {
                return code;
            }
        }
    }

    /// <summary>Writes the ends of the strings, then the strings.</summary>
    internal void Write(ChunkImage image)
    {
        foreach (var end in _ends.Items)
        {
            image.Add(end);
        }

        image.Add(_texts.Items);
    }

    public void Dispose()
    {
        _ends.Dispose();
        _texts.Dispose();
        _table.Dispose();
    }

    private static UnmanagedList<int> Table(int count)
    {
        var table = new UnmanagedList<int>();
        table.Add(count, slack: 0).Clear();
        return table;
    }

    private static int SlotOf(ReadOnlySpan<byte> text, ReadOnlySpan<int> slots) =>
        (int)(Crc32C.Of(text) & (uint)(slots.Length - 1));

    private ReadOnlySpan<byte> Text(int code) =>
        _texts.Items[(code == 0 ? 0 : _ends.Items[code - 1]).._ends.Items[code]];

    private int Add(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_texts.Add(text.Length, slack: 0));
        _ends.Add(_texts.Count);
        return Count - 1;
    }

    private void Grow()
    {
        var grown = Table(_table.Count * 2);
        _table.Dispose();
        _table = grown;
        var slots = grown.Items;
        for (var code = 0; code < Count; code++)
        {
            var slot = SlotOf(Text(code), slots);
            while (slots[slot] != 0)
            {
                slot = (slot + 1) & (slots.Length - 1);
            }

            slots[slot] = code + 1;
        }
    }
}
