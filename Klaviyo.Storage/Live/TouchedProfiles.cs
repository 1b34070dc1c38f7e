using System.Runtime.InteropServices;

namespace Klaviyo.Storage.Live;

/// <summary>Who was written to since the last look, and which atoms may be different because of that.</summary>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class TouchedProfiles
{
    private readonly List<int> _ordinals = [];
    private readonly List<Touch> _touches = [];

    // The masks, one behind the other.
    private readonly List<ulong> _words = [];

    internal int Count => _ordinals.Count;

    /// <summary>Gets who was touched, in the order of arrival, or of the number once it is sorted.</summary>
    internal int this[int index] => _ordinals[index];

    /// <summary>Notes that every atom of a profile may be different.</summary>
    internal void AddAll(int ordinal, SegmentChangeCause cause) => Add(ordinal, new Touch(cause, IsAll: true, _words.Count, 0));

    /// <summary>Notes that some atoms of a profile may be different.</summary>
    internal void Add(int ordinal, ReadOnlySpan<ulong> atoms, SegmentChangeCause cause)
    {
        if (atoms.ContainsAnyExcept(0UL))
        {
            var first = _words.Count;
            CollectionsMarshal.SetCount(_words, first + atoms.Length);
            atoms.CopyTo(CollectionsMarshal.AsSpan(_words)[first..]);
            Add(ordinal, new Touch(cause, IsAll: false, first, atoms.Length));
        }
    }

    internal void Clear()
    {
        _ordinals.Clear();
        _touches.Clear();
        _words.Clear();
    }

    /// <summary>Puts the touches of one profile beside each other.</summary>
    internal void Sort() => CollectionsMarshal.AsSpan(_ordinals).Sort(CollectionsMarshal.AsSpan(_touches));

    /// <summary>Adds up all touches of one profile.</summary>
    /// <param name="index">The first of them; receives the first of the next profile.</param>
    /// <param name="atoms">Receives the atoms. Atoms keep their numbers, so a mask of a plan before this one says what it said.</param>
    /// <param name="cause">Receives the cause; of several the one that flows hear of: history that is imported is none.</param>
    /// <returns>Whether every atom may be different.</returns>
    internal bool TakeAll(ref int index, Span<ulong> atoms, out SegmentChangeCause cause)
    {
        var (ordinal, isAll) = (_ordinals[index], false);
        cause = SegmentChangeCause.Backfill;
        for (; index < _ordinals.Count && _ordinals[index] == ordinal; index++)
        {
            var touch = _touches[index];
            cause = cause == SegmentChangeCause.Backfill ? touch.Cause : cause;
            isAll |= touch.IsAll;
            Mask.Add(atoms, CollectionsMarshal.AsSpan(_words).Slice(touch.FirstWord, touch.Words));
        }

        return isAll;
    }

    private void Add(int ordinal, in Touch touch)
    {
        _ordinals.Add(ordinal);
        _touches.Add(touch);
    }

    private readonly record struct Touch(SegmentChangeCause Cause, bool IsAll, int FirstWord, int Words);
}
