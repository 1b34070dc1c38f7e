using System.Numerics;
using Klaviyo.Flows.State;

namespace Klaviyo.Flows.Timers;

/// <summary>What wakes at an instant of its own.</summary>
internal interface ITimed
{
    /// <summary>Gets when it wakes, in milliseconds since the first instant that there is.</summary>
    long WakeTicks { get; }

    /// <summary>Gets or sets whether it is to be woken.</summary>
    bool IsArmed { get; set; }
}

/// <summary>Timers of the items of a slab, by the instant that each item holds, up to the year 9999.</summary>
/// <remarks>
/// <para>A hierarchical wheel (Varghese and Lauck): nine levels of 64 buckets. An item lies on the level of the highest digit, in
/// base 64, in which its instant differs from the wheel's; it moves down as that digit is reached.</para>
/// <para>A bucket is nothing but slots, four bytes each, in blocks. An item that was disarmed, or armed for another instant, stays
/// where it lay and is passed over when its bucket is reached, by looking at the item itself: so arming is one write at the
/// end of a block, and disarming is one bit. When more lies in the buckets than is armed, they are made anew.</para>
/// <para>No call does more than a part of a bucket, however full it is.</para>
/// <para>Nothing lies in a bucket before the first question: what replay arms and disarms costs a bit each, and the buckets are
/// filled once, in a pass over the items.</para>
/// <list type="bullet">
/// <item>Every item that is armed lies in the bucket of its instant, or in the bucket that is being moved down, or waits aside
/// because the wheel has passed its instant.</item>
/// <item>The wheel holds nothing that is not in the items: it is rebuilt, never stored.</item>
/// </list>
/// </remarks>
/// <typeparam name="T">The items.</typeparam>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class DueTimers<T>(Slab<T> items)
    where T : struct, ISlabItem, ITimed
{
    private const int DigitBits = 6;
    private const int Buckets = 1 << DigitBits;
    private const int Levels = 9;
    private const int StaleMin = 1 << 16;

    private readonly ulong[] _occupied = new ulong[Levels];
    private readonly PriorityQueue<int, long> _aside = new();
    private readonly SlotBlocks _blocks = new();
    private SlotBucket[] _buckets = new SlotBucket[Levels * Buckets];
    private SlotBucket _moving;
    private long _movingEnd;
    private long _current;
    private long _lying;
    private bool _isAsked;

    /// <summary>Gets how many items are armed.</summary>
    internal int Count { get; private set; }

    /// <summary>Arms an item for the instant that it holds. One that is armed already, for any instant, is moved.</summary>
    internal void Arm(int slot)
    {
        ref var item = ref items.Bare(slot);
        if (!item.IsArmed)
        {
            item.IsArmed = true;
            Count++;
        }

        if (_lying > StaleMin + (2L * Count))
        {
            Rebuild();
        }
        else if (_isAsked)
        {
            Place(slot, item.WakeTicks);
        }
    }

    /// <summary>Disarms an item.</summary>
    /// <returns><see langword="false"/> if it was not armed.</returns>
    internal bool Disarm(int slot)
    {
        ref var item = ref items.Bare(slot);
        var armed = item.IsArmed;
        item.IsArmed = false;
        Count -= armed ? 1 : 0;
        return armed;
    }

    /// <summary>Gets an instant at or before the earliest one that is armed: the first moment at which looking again can help.</summary>
    /// <returns>Null where nothing is armed.</returns>
    internal Instant? NextWake()
    {
        if (Count == 0)
        {
            return null;
        }

        BeAsked();
        if (_moving.Count > 0)
        {
            return FromTicks(_current);
        }

        if (_aside.TryPeek(out _, out var aside))
        {
            return FromTicks(aside);
        }

        return TryFindBucket(out var level, out var bucket) ? FromTicks(StartOf(level, bucket)) : null;
    }

    /// <summary>Takes one item of the earliest instant, if that is not after another, and disarms it.</summary>
    /// <param name="until">The latest instant that is due.</param>
    /// <param name="budget">How many items to look at at most; lessened by those that were.</param>
    /// <param name="slot">The item.</param>
    /// <returns>
    /// <see langword="false"/> if nothing is due, or the budget is spent: then <paramref name="budget"/> is zero, and there may be
    /// more.
    /// </returns>
    internal bool TryTake(Instant until, ref int budget, out int slot)
    {
        BeAsked();
        var last = Ticks(until);
        while (budget > 0)
        {
            if (_moving.Count > 0)
            {
                MoveDown(ref budget);
                continue;
            }

            if (_aside.TryPeek(out slot, out var aside))
            {
                if (aside > last)
                {
                    return false;
                }

                budget--;
                _aside.Dequeue();
                if (TakeIf(slot, aside))
                {
                    return true;
                }

                continue;
            }

            if (!TryFindBucket(out var level, out var bucket) || StartOf(level, bucket) > last)
            {
                break;
            }

            _current = StartOf(level, bucket);
            if (level > 0)
            {
                Detach(level, bucket);
                continue;
            }

            budget--;
            slot = Pop(bucket);
            if (TakeIf(slot, _current))
            {
                return true;
            }
        }

        slot = -1;
        return false;
    }

    private void BeAsked()
    {
        if (!_isAsked)
        {
            _isAsked = true;
            Rebuild();
        }
    }

    private static long Ticks(Instant instant) => instant.UnixMs - Instant.MinValue.UnixMs;

    private static Instant FromTicks(long ticks) => Instant.FromUnixMs(ticks + Instant.MinValue.UnixMs);

    private bool TakeIf(int slot, long ticks)
    {
        if (!items.IsUsed(slot))
        {
            return false;
        }

        ref var item = ref items.Bare(slot);
        if (!item.IsArmed || item.WakeTicks != ticks)
        {
            return false;
        }

        item.IsArmed = false;
        Count--;
        return true;
    }

    private void Place(int slot, long ticks)
    {
        if (ticks < _current)
        {
            _aside.Enqueue(slot, ticks);
            return;
        }

        var different = (ulong)(ticks ^ _current);
        var level = different == 0 ? 0 : BitOperations.Log2(different) / DigitBits;
        var bucket = (int)((ticks >> (level * DigitBits)) & (Buckets - 1));
        _blocks.Add(ref _buckets[(level * Buckets) + bucket], slot);
        _occupied[level] |= 1UL << bucket;
        _lying++;
    }

    private int Pop(int bucket)
    {
        ref var slots = ref _buckets[bucket];
        var slot = _blocks.Take(ref slots);
        _lying--;
        _occupied[0] &= slots.Count == 0 ? ~(1UL << bucket) : ulong.MaxValue;
        return slot;
    }

    private void Detach(int level, int bucket)
    {
        ref var slots = ref _buckets[(level * Buckets) + bucket];
        (_moving, slots) = (slots, default);
        _movingEnd = _current + (1L << (level * DigitBits));
        _occupied[level] &= ~(1UL << bucket);
    }

    private void MoveDown(ref int budget)
    {
        for (; budget > 0 && _moving.Count > 0; budget--)
        {
            var slot = _blocks.Take(ref _moving);
            _lying--;
            if (items.IsUsed(slot) && items.Bare(slot) is { IsArmed: true, WakeTicks: var ticks }
                && ticks >= _current && ticks < _movingEnd)
            {
                // One that was armed for an instant outside lies in another bucket, and this is what was left behind. Of the same
                // one twice, the second is passed over when the first was taken.
                Place(slot, ticks);
            }
        }
    }

    private long StartOf(int level, int bucket)
    {
        var shift = level * DigitBits;
        var above = _current >> (shift + DigitBits) << (shift + DigitBits);
        return above | ((long)bucket << shift);
    }

    private bool TryFindBucket(out int level, out int bucket)
    {
        for (level = 0; level < Levels; level++)
        {
            if (_occupied[level] != 0)
            {
                bucket = BitOperations.TrailingZeroCount(_occupied[level]);
                return true;
            }
        }

        bucket = -1;
        return false;
    }

    // A pass over all items. It is paid for by as many that were armed anew, so arming stays cheap on the whole.
    private void Rebuild()
    {
        _blocks.Clear();
        _buckets = new SlotBucket[Levels * Buckets];
        Array.Clear(_occupied);
        _aside.Clear();
        (_moving, _lying) = (default, 0);
        for (var slot = 0; slot < items.End; slot++)
        {
            if (items.IsUsed(slot) && items.Bare(slot) is { IsArmed: true, WakeTicks: var ticks })
            {
                Place(slot, ticks);
            }
        }
    }
}
