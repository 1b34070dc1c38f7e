using System.Buffers;
using System.Collections;

namespace Klaviyo.Storage.Lanes;

/// <summary>The results of a large batch in arrays that the garbage collector treats as small.</summary>
/// <remarks>Large arrays are collected rarely, and a process that writes batch after batch would keep hundreds of them.</remarks>
internal sealed class WriteResultPages : IReadOnlyList<WriteResult>
{
    private const int PageResults = 2048;

    private readonly WriteResult[][] _pages;

    private WriteResultPages(ReadOnlySpan<WriteResult> results)
    {
        Count = results.Length;
        _pages = new WriteResult[(results.Length + PageResults - 1) / PageResults][];
        for (var page = 0; page < _pages.Length; page++)
        {
            var first = page * PageResults;
            _pages[page] = results.Slice(first, Math.Min(PageResults, results.Length - first)).ToArray();
        }
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public WriteResult this[int index] => _pages[index / PageResults][index % PageResults];

    /// <summary>Applies a batch.</summary>
    /// <returns>One result a write, in order.</returns>
    internal static IReadOnlyList<WriteResult> Apply(Store store, IReadOnlyList<CustomerWrite> writes)
    {
        if (writes.Count <= PageResults)
        {
            var results = new WriteResult[writes.Count];
            store.Apply(writes, results);
            return results;
        }

        var rented = ArrayPool<WriteResult>.Shared.Rent(writes.Count);
        var used = rented.AsSpan(0, writes.Count);
        try
        {
            store.Apply(writes, used);
            return new WriteResultPages(used);
        }
        finally
        {
            // They name objects.
            used.Clear();
            ArrayPool<WriteResult>.Shared.Return(rented);
        }
    }

    /// <inheritdoc/>
    public IEnumerator<WriteResult> GetEnumerator() => _pages.SelectMany(page => page).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
