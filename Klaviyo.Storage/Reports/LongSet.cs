namespace Klaviyo.Storage.Reports;

/// <summary>A set of numbers that are not negative: one array, open addressing, no removal.</summary>
internal sealed class LongSet
{
    private const long Empty = -1;
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private long[] _slots = NewSlots(256);
    private int _count;

    internal void Add(long key)
    {
        if (_count * 2L >= _slots.Length)
        {
            Grow();
        }

        _count += Insert(key) ? 1 : 0;
    }

    public IEnumerator<long> GetEnumerator()
    {
        foreach (var key in _slots)
        {
            if (key != Empty)
            {
                yield return key;
            }
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
}
