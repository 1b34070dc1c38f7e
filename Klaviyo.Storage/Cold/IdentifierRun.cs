using Klaviyo.Storage.Files;
using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Cold;

/// <summary>Entries of the table of identifiers that left memory: those of one group, in the order of their hashes, in pages.</summary>
/// <remarks>
/// Of a page memory has its first hash, and of an entry twelve bits of a filter: which page an identifier would be in is known without
/// a look at any, and of a hundred that nobody has one is looked for.
/// </remarks>
/// <param name="file">Where it lies.</param>
/// <param name="offset">Where in the file it begins.</param>
/// <param name="fences">The hash with which each page begins.</param>
/// <param name="filter">Tells who is surely not there.</param>
/// <param name="count">How many entries.</param>
/// <threadsafety>Nothing changes but the mark of damage.</threadsafety>
internal sealed class IdentifierRun(IdentifierFile file, long offset, ulong[] fences, IdentifierFilter filter, int count)
{
    internal IdentifierFile File => file;

    internal long Offset => offset;

    internal int Pages => fences.Length;

    internal int Count => count;

    /// <summary>Gets the bytes of memory that this takes.</summary>
    internal long MemoryBytes => ((long)fences.Length * sizeof(ulong)) + filter.Bytes;

    /// <summary>Gets or sets whether something in it was found damaged: it is not merged with others any more.</summary>
    internal bool IsDamaged { get; set; }

    internal bool MayHold(in IdentifierTable.Entry entry) => filter.MayHold(entry);

    /// <summary>Finds the pages in which a hash may be: one, but where it is the hash with which a page begins.</summary>
    /// <returns>The last of them; less than <paramref name="first"/> where there is none.</returns>
    internal int PagesOf(ulong hash, out int first)
    {
        first = LastBefore(hash);
        var last = Math.Max(first, 0);
        while (last + 1 < fences.Length && fences[last + 1] == hash)
        {
            last++;
        }

        first = Math.Max(first, 0);
        return last;
    }

    // The last page that begins with a lesser hash; -1 where none does.
    private int LastBefore(ulong hash)
    {
        var (low, high) = (0, fences.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (fences[middle] < hash)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }
}

/// <summary>A file of such runs.</summary>
internal sealed class IdentifierFile(int number, IStorageFile content)
{
    internal int Number => number;

    internal Files.IStorageFile Content => content;

    internal long Length { get; set; }

    /// <summary>Gets or sets the bytes of runs that somebody names.</summary>
    internal long Live { get; set; }

    /// <summary>Gets or sets whether something in it was found damaged.</summary>
    internal bool IsDamaged { get; set; }
}
