using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Chunks;

/// <summary>Gives each different string of a column a number, in the order of their coming.</summary>
/// <remarks>Open addressing over the checksum of the bytes, which the processor computes 8 bytes a step.</remarks>
internal sealed class DictionaryBuilder : IDisposable
{
    private readonly UnmanagedList<int> _ends = new();
    private readonly UnmanagedList<byte> _texts = new();
    private int[] _slots = new int[64];

    /// <summary>Gets the number of strings.</summary>
    internal int Count => _ends.Count;

    /// <summary>Gets the bytes that the strings would take in a chunk.</summary>
    internal long Bytes => _texts.Count + ((long)Count * sizeof(int));

    /// <summary>Gets the number of a string.</summary>
    internal int CodeOf(ReadOnlySpan<byte> text)
    {
        if (Count * 2 >= _slots.Length)
        {
            Grow();
        }

        for (var slot = SlotOf(text); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            var code = _slots[slot] - 1;
            if (code < 0)
            {
                _slots[slot] = Count + 1;
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
    }

    private int SlotOf(ReadOnlySpan<byte> text) => (int)(Crc32C.Of(text) & (uint)(_slots.Length - 1));

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
        _slots = new int[_slots.Length * 2];
        for (var code = 0; code < Count; code++)
        {
            var slot = SlotOf(Text(code));
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & (_slots.Length - 1);
            }

            _slots[slot] = code + 1;
        }
    }
}
