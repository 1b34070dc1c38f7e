using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Chunks;

/// <summary>Gives each different string of a column a number, in the order of their coming.</summary>
/// <remarks>Open addressing over the checksum of the bytes, which the processor computes 8 bytes a step.</remarks>
internal sealed class DictionaryBuilder
{
    private int[] _slots = new int[64];
    private int[] _ends = new int[16];
    private byte[] _texts = new byte[256];

    /// <summary>Gets the number of strings.</summary>
    internal int Count { get; private set; }

    /// <summary>Gets the bytes that the strings would take in a chunk.</summary>
    internal long Bytes => TextBytes + ((long)Count * sizeof(int));

    private int TextBytes => Count == 0 ? 0 : _ends[Count - 1];

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
        for (var code = 0; code < Count; code++)
        {
            image.Add(_ends[code]);
        }

        image.Add(_texts.AsSpan(0, TextBytes));
    }

    private int SlotOf(ReadOnlySpan<byte> text) => (int)(Crc32C.Of(text) & (uint)(_slots.Length - 1));

    private ReadOnlySpan<byte> Text(int code) => _texts.AsSpan((code == 0 ? 0 : _ends[code - 1]).._ends[code]);

    private int Add(ReadOnlySpan<byte> text)
    {
        var start = TextBytes;
        if (start + text.Length > _texts.Length)
        {
            Array.Resize(ref _texts, Math.Max(start + text.Length, _texts.Length * 2));
        }

        if (Count == _ends.Length)
        {
            Array.Resize(ref _ends, Count * 2);
        }

        text.CopyTo(_texts.AsSpan(start));
        _ends[Count] = start + text.Length;
        return Count++;
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
