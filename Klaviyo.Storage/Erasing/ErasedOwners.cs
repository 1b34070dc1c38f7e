namespace Klaviyo.Storage.Erasing;

/// <summary>Which profiles of a lane were erased, and to whom what was started for a profile belonged when they were.</summary>
/// <remarks>
/// What is started for a profile goes to the one that it is merged into, and stays there. So the owner is found by following
/// the merges that came after the start. Only merges within the lane count, because only those hand anything over.
/// </remarks>
internal sealed class ErasedOwners
{
    private readonly HashSet<int> _erased = [];
    private readonly Dictionary<int, List<(long Sequence, int Destination)>> _merges = [];

    /// <summary>Gets how many profiles were erased.</summary>
    internal int Count => _erased.Count;

    internal void Erased(int ordinal) => _erased.Add(ordinal);

    internal void Merged(int source, int destination, long sequence)
    {
        if (!_merges.TryGetValue(source, out var merges))
        {
            _merges[source] = merges = [];
        }

        merges.Add((sequence, destination));
    }

    /// <summary>Whether a profile was erased.</summary>
    internal bool IsErased(int ordinal) => _erased.Contains(ordinal);

    /// <summary>Whether what a record started for a profile belonged to an erased one in the end.</summary>
    internal bool IsOfErased(int ordinal, long sequence)
    {
        while (_merges.TryGetValue(ordinal, out var merges) && merges.Find(m => m.Sequence > sequence) is { Sequence: > 0 } next)
        {
            (sequence, ordinal) = next;
        }

        return IsErased(ordinal);
    }
}
