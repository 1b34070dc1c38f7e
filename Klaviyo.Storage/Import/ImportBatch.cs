using System.Buffers;
using System.Runtime.InteropServices;

namespace Klaviyo.Storage.Import;

/// <summary>The items that a reader hands over at a time; used again and again.</summary>
/// <remarks>
/// Filled by one thread, then emptied by another, never by both. With <c>keepsInput</c> it holds a copy of the text of
/// each item, because the reject file needs it and the reader's buffer has moved on by then.
/// </remarks>
internal sealed class ImportBatch(int size, bool keepsInput)
{
    // Many large records make a batch full before their number does, so that memory stays bounded.
    private const int BytesMax = 8 << 20;
    private const int InputBytesMax = 64 * 1024;

    private readonly List<ImportItem> _items = new(size);
    private readonly List<Range> _inputs = [];
    private readonly ArrayBufferWriter<byte> _text = new();
    private long _bytes;

    internal int Count => _items.Count;

    internal bool IsFull => _items.Count >= size || _bytes >= BytesMax;

    internal ReadOnlySpan<ImportItem> Items => CollectionsMarshal.AsSpan(_items);

    /// <summary>Gets or sets how many bytes of the source were read when the batch was handed over.</summary>
    internal long SourceBytes { get; set; }

    /// <summary>Gets the text of an item, cut at 64 KiB; empty where the batch does not keep it.</summary>
    internal ReadOnlySpan<byte> InputOf(int index) => keepsInput ? _text.WrittenSpan[_inputs[index]] : default;

    internal void Add(ImportItem item, ReadOnlySpan<byte> input)
    {
        _items.Add(item);
        _bytes += input.Length;
        if (keepsInput)
        {
            var start = _text.WrittenCount;
            _text.Write(input[..Math.Min(input.Length, InputBytesMax)]);
            _inputs.Add(start.._text.WrittenCount);
        }
    }

    internal void Refuse(Rejection rejection, ReadOnlySpan<byte> input) =>
        Add(new ImportItem(rejection.Line, null, rejection, EndsRecord: true), input);

    /// <summary>Takes back the items from an index on.</summary>
    internal void Truncate(int count)
    {
        _items.RemoveRange(count, _items.Count - count);
        if (keepsInput)
        {
            _inputs.RemoveRange(count, _inputs.Count - count);
        }
    }

    internal void Clear()
    {
        _items.Clear();
        _inputs.Clear();
        _text.ResetWrittenCount();
        _bytes = 0;
    }
}
