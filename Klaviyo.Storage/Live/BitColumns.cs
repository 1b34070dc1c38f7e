using System.Numerics;

namespace Klaviyo.Storage.Live;

/// <summary>A bit for every profile of a lane and every segment: 64 segments are one word of a profile.</summary>
/// <remarks>
/// A profile's words stand beside those of its neighbours, so that a write touches one cache line for each 64 segments, and
/// counting through everybody is a walk over memory in order. The words grow in pieces, so no growth moves them all.
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate. A bit can be read beside it, as <see cref="Pieces{T}"/> says.</threadsafety>
internal sealed class BitColumns
{
    internal const int SegmentsInWord = 64;
    private Pieces<ulong>[] _planes = [];
    private readonly List<long> _counts = [];

    /// <summary>Gets how many words a profile has.</summary>
    internal int Planes => _planes.Length;

    /// <summary>Gets the bytes that the columns take.</summary>
    internal long Bytes => _planes.Sum(p => p.Bytes);

    /// <summary>Gets how many profiles have the bit of a segment.</summary>
    internal long Count(int segment) => segment < _counts.Count ? _counts[segment] : 0;

    internal bool Has(int segment, int ordinal) => (Word(segment / SegmentsInWord, ordinal) >> (segment % SegmentsInWord) & 1) != 0;

    /// <summary>Finds the next profile that has the bit of a segment; null where there is none.</summary>
    internal int? Next(int segment, int ordinal)
    {
        var (plane, bit) = (segment / SegmentsInWord, 1UL << (segment % SegmentsInWord));
        while (plane < _planes.Length && ordinal < _planes[plane].End)
        {
            var words = _planes[plane].Stretch(ordinal, out var next);
            for (var i = 0; i < words.Length; i++)
            {
                if ((words[i] & bit) != 0)
                {
                    return ordinal + i;
                }
            }

            ordinal = next;
        }

        return null;
    }

    /// <summary>Counts the profiles that have the bits of two segments.</summary>
    internal long CountBoth(int one, int other)
    {
        var (first, second, count) = (one / SegmentsInWord, other / SegmentsInWord, 0L);
        if (first >= _planes.Length || second >= _planes.Length)
        {
            return 0;
        }

        for (int ordinal = 0, next; ordinal < _planes[first].End; ordinal = next)
        {
            var words = _planes[first].Stretch(ordinal, out next);
            var others = _planes[second].Stretch(ordinal, out _);
            for (var i = 0; i < Math.Min(words.Length, others.Length); i++)
            {
                count += (long)(words[i] >> (one % SegmentsInWord) & others[i] >> (other % SegmentsInWord) & 1);
            }
        }

        return count;
    }

    /// <summary>Gets a word of a profile; zero where none was ever set.</summary>
    internal ulong Word(int plane, int ordinal)
    {
        var planes = _planes;
        return plane < planes.Length ? planes[plane][ordinal] : 0;
    }

    /// <summary>Copies the words of a profile.</summary>
    internal void CopyTo(int ordinal, Span<ulong> words)
    {
        for (var plane = 0; plane < words.Length; plane++)
        {
            words[plane] = Word(plane, ordinal);
        }
    }

    /// <summary>Takes the words of a profile, of columns that are not counted.</summary>
    internal void CopyFrom(int ordinal, ReadOnlySpan<ulong> words)
    {
        for (var plane = 0; plane < words.Length; plane++)
        {
            WordOf(plane, ordinal) = words[plane];
        }
    }

    /// <summary>Sets or clears a bit.</summary>
    /// <returns>Whether it was different before.</returns>
    internal bool Set(int segment, int ordinal, bool value)
    {
        ref var word = ref WordOf(segment / SegmentsInWord, ordinal);
        var bit = 1UL << (segment % SegmentsInWord);
        if ((word & bit) != 0 == value)
        {
            return false;
        }

        word ^= bit;
        CountUpTo(segment);
        _counts[segment] += value ? 1 : -1;
        return true;
    }

    /// <summary>Sets a whole word of a profile that has none.</summary>
    internal void Restore(int plane, int ordinal, ulong word)
    {
        if (word == 0)
        {
            return;
        }

        WordOf(plane, ordinal) = word;
        for (; word != 0; word &= word - 1)
        {
            var segment = (plane * SegmentsInWord) + BitOperations.TrailingZeroCount(word);
            CountUpTo(segment);
            _counts[segment]++;
        }
    }

    /// <summary>Clears the bits of a profile, of every segment.</summary>
    internal void ClearProfile(int ordinal)
    {
        for (var plane = 0; plane < Planes; plane++)
        {
            for (var word = Word(plane, ordinal); word != 0; word &= word - 1)
            {
                Set((plane * SegmentsInWord) + BitOperations.TrailingZeroCount(word), ordinal, false);
            }
        }
    }

    /// <summary>Clears the bits of a segment, of everybody.</summary>
    internal void Clear(int segment)
    {
        var (plane, bit) = (segment / SegmentsInWord, 1UL << (segment % SegmentsInWord));
        if (plane >= _planes.Length || Count(segment) == 0)
        {
            return;
        }

        foreach (var piece in _planes[plane].All)
        {
            for (var i = 0; i < piece.Length; i++)
            {
                piece[i] &= ~bit;
            }
        }

        _counts[segment] = 0;
    }

    private void CountUpTo(int segment)
    {
        while (_counts.Count <= segment)
        {
            _counts.Add(0);
        }
    }

    private ref ulong WordOf(int plane, int ordinal)
    {
        while (_planes.Length <= plane)
        {
            _planes = [.. _planes, new Pieces<ulong>(0)];
        }

        return ref _planes[plane].At(ordinal);
    }
}
