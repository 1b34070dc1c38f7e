namespace Klaviyo.Storage.Reports;

/// <summary>A set of numbers that are not negative, without removal.</summary>
/// <remarks>
/// Open addressing in one array, as long as they are few. Then what there is goes to packed runs in order, of which each is
/// more than twice as long as the next: some bytes a number, where a table takes sixty while it grows.
/// </remarks>
/// <threadsafety>One thread at a time.</threadsafety>
internal sealed class LongSet
{
    private const long Empty = -1;
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private const int SlotsMin = 256;

    private readonly List<LongRun> _runs = [];
    private readonly int _tableMax;
    private long[] _slots = NewSlots(SlotsMin);
    private int _count;

    /// <summary>Initializes an empty set.</summary>
    /// <param name="tableMax">How many numbers are few.</param>
    internal LongSet(int tableMax = 1 << 18) => _tableMax = tableMax;

    internal void Add(long key)
    {
        if (_count * 2L >= _slots.Length)
        {
            Grow();
        }

        _count += Insert(key) ? 1 : 0;
    }

    /// <summary>Gives every number once; in no order.</summary>
    internal IEnumerable<long> All()
    {
        if (_runs.Count == 0)
        {
            return _slots.Where(key => key != Empty);
        }

        Pack();
        while (_runs.Count > 1)
        {
            MergeLast();
        }

        return Numbers(_runs[0]);
    }

    private static IEnumerable<long> Numbers(LongRun run)
    {
        foreach (var number in run)
        {
            yield return number;
        }
    }

    private static long[] NewSlots(int size)
    {
        var slots = new long[size];
        slots.AsSpan().Fill(Empty);
        return slots;
    }

    // Fibonacci hashing (Knuth, vol. 3): neighbouring keys are spread by the golden ratio.
    private bool Insert(long key)
    {
        unchecked
        {
            var mask = _slots.Length - 1;
            for (var slot = (int)(((ulong)key * Golden) >> 32) & mask; ; slot = (slot + 1) & mask)
            {
                if (_slots[slot] == key)
                {
                    return false;
                }

                if (_slots[slot] == Empty)
                {
                    _slots[slot] = key;
                    return true;
                }
            }
        }
    }

    private void Grow()
    {
        if (_count >= _tableMax)
        {
            Pack();
            return;
        }

        var keys = _slots;
        _slots = NewSlots(keys.Length * 2);
        foreach (var key in keys)
        {
            if (key != Empty)
            {
                Insert(key);
            }
        }
    }

    private void Pack()
    {
        Array.Sort(_slots);
        var run = new LongRun();
        foreach (var key in _slots.AsSpan(_slots.Length - _count))
        {
            run.Append(key);
        }

        _slots.AsSpan().Fill(Empty);
        _count = 0;
        _runs.Add(run);
        while (_runs.Count > 1 && _runs[^2].Count <= 2 * _runs[^1].Count)
        {
            MergeLast();
        }
    }

    private void MergeLast()
    {
        _runs[^2] = LongRun.Merge(_runs[^2], _runs[^1]);
        _runs.RemoveAt(_runs.Count - 1);
    }
}
