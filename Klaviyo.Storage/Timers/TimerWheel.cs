using System.Numerics;

namespace Klaviyo.Storage.Timers;

/// <summary>Timers by due instant, in whole milliseconds, up to the year 9999.</summary>
/// <remarks>
/// <para>A hierarchical wheel (Varghese and Lauck): nine levels of 64 slots. A timer sits on the level of the highest
/// digit, in base 64, in which its due instant differs from the wheel's; it moves down as that digit is reached. So arming
/// and cancelling are a few list links, and each timer is moved at most eight times before it fires.</para>
/// <para>No call does more than it is allowed to, however many timers share a slot: a slot that moves down does so in parts.</para>
/// <para>The wheel holds nothing that is not in the state it was armed from: it is rebuilt, never stored.</para>
/// <list type="bullet">
/// <item>Every timer on level L agrees with the wheel's instant in all digits above L.</item>
/// <item>On level 0 a slot is one millisecond; above, no slot before or at the wheel's own digit holds a timer, but for the one that is
/// being moved down.</item>
/// <item>A timer that is armed for an instant that the wheel has passed waits aside, in order, and fires first.</item>
/// </list>
/// </remarks>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class TimerWheel
{
    private const int DigitBits = 6;
    private const int Slots = 1 << DigitBits;
    private const int Levels = 9;
    private const int None = -1;
    private const int Aside = -2;

    private readonly int[] _heads = new int[Levels * Slots];
    private readonly ulong[] _occupied = new ulong[Levels];
    private readonly SortedSet<(long Due, int Timer)> _aside = [];
    private Entry[] _entries = [];
    private int _moving = None;
    private long _current;

    internal TimerWheel() => Array.Fill(_heads, None);

    /// <summary>Gets how many timers are armed.</summary>
    internal int Count { get; private set; }

    /// <summary>Gets the bytes that the timers take.</summary>
    internal long Bytes => (long)_entries.Length * 24;

    /// <summary>Arms a timer; one that is armed already is moved.</summary>
    /// <param name="timer">A small number, not negative: the slot of what waits.</param>
    /// <param name="due">When it fires.</param>
    internal void Arm(int timer, Instant due)
    {
        Cancel(timer);
        Count++;
        _entries[timer].Due = Ticks(due);
        Link(timer);
    }

    /// <summary>Disarms a timer.</summary>
    /// <returns><see langword="false"/> if it was not armed.</returns>
    internal bool Cancel(int timer)
    {
        EnsureRoom(timer);
        if (_entries[timer].Place == None)
        {
            return false;
        }

        Count--;
        Unlink(timer);
        return true;
    }

    /// <summary>Gets whether a timer is armed.</summary>
    internal bool IsArmed(int timer) => timer < _entries.Length && _entries[timer].Place != None;

    /// <summary>Gets when a timer that is armed fires.</summary>
    internal Instant DueOf(int timer) => FromTicks(_entries[timer].Due);

    /// <summary>Gets an instant at or before the earliest due one: the first moment at which looking again can help.</summary>
    /// <returns>Null where nothing is armed.</returns>
    /// <remarks>It is the due instant itself for timers within 64 ms, else the start of the slot that holds it.</remarks>
    internal Instant? NextWake()
    {
        if (_aside.Count > 0)
        {
            return FromTicks(_aside.Min.Due);
        }

        if (IsMoving)
        {
            return FromTicks(_current);
        }

        return TryFindSlot(out var level, out var slot) ? FromTicks(StartOf(level, slot)) : null;
    }

    /// <summary>Takes timers of the earliest due millisecond, if it is not after <paramref name="until"/>.</summary>
    /// <param name="until">The latest instant that is due.</param>
    /// <param name="timers">Receives them, in no order.</param>
    /// <param name="budget">How many timers to touch at most; lessened by those that were.</param>
    /// <param name="due">Their due instant. There may be more of it.</param>
    /// <returns>
    /// <see langword="false"/> if nothing is due, or the budget is spent: then <paramref name="budget"/> is zero, and there may be
    /// more.
    /// </returns>
    internal bool TryTake(Instant until, List<int> timers, ref int budget, out Instant due)
    {
        due = default;
        while (budget > 0)
        {
            if (_aside.Count > 0)
            {
                return TryTakeAside(Ticks(until), timers, ref budget, out due);
            }

            if (IsMoving)
            {
                MoveDown(ref budget);
                continue;
            }

            if (!TryFindSlot(out var level, out var slot) || StartOf(level, slot) > Ticks(until))
            {
                return false;
            }

            _current = StartOf(level, slot);
            if (level == 0)
            {
                TakeSlot(slot, timers, ref budget);
                due = FromTicks(_current);
                return true;
            }

            _moving = (level * Slots) + slot;
        }

        return false;
    }

    private bool IsMoving => _moving != None && _heads[_moving] != None;

    private static long Ticks(Instant instant) => instant.UnixMs - Instant.MinValue.UnixMs;

    private static Instant FromTicks(long ticks) => Instant.FromUnixMs(ticks + Instant.MinValue.UnixMs);

    private long StartOf(int level, int slot)
    {
        var shift = level * DigitBits;
        var above = _current >> (shift + DigitBits) << (shift + DigitBits);
        return above | ((long)slot << shift);
    }

    private bool TryFindSlot(out int level, out int slot)
    {
        for (level = 0; level < Levels; level++)
        {
            if (_occupied[level] != 0)
            {
                slot = BitOperations.TrailingZeroCount(_occupied[level]);
                return true;
            }
        }

        slot = None;
        return false;
    }

    private bool TryTakeAside(long until, List<int> timers, ref int budget, out Instant due)
    {
        var earliest = _aside.Min.Due;
        due = FromTicks(earliest);
        if (earliest > until)
        {
            return false;
        }

        for (; budget > 0 && _aside.Count > 0 && _aside.Min.Due == earliest; budget--)
        {
            var timer = _aside.Min.Timer;
            Cancel(timer);
            timers.Add(timer);
        }

        return true;
    }

    private void TakeSlot(int slot, List<int> timers, ref int budget)
    {
        for (; budget > 0 && _heads[slot] != None; budget--)
        {
            var timer = _heads[slot];
            Unlink(timer);
            timers.Add(timer);
            Count--;
        }
    }

    private void MoveDown(ref int budget)
    {
        for (; budget > 0 && IsMoving; budget--)
        {
            var timer = _heads[_moving];
            Unlink(timer);
            Link(timer);
        }
    }

    private void Clear(int level, int slot)
    {
        _heads[(level * Slots) + slot] = None;
        _occupied[level] &= ~(1UL << slot);
    }

    private void Link(int timer)
    {
        ref var entry = ref _entries[timer];
        if (entry.Due < _current)
        {
            entry.Place = Aside;
            _aside.Add((entry.Due, timer));
            return;
        }

        var different = (ulong)(entry.Due ^ _current);
        var level = different == 0 ? 0 : BitOperations.Log2(different) / DigitBits;
        var slot = (int)((entry.Due >> (level * DigitBits)) & (Slots - 1));
        entry.Place = (level * Slots) + slot;
        entry.Previous = None;
        entry.Next = _heads[entry.Place];
        if (entry.Next != None)
        {
            _entries[entry.Next].Previous = timer;
        }

        _heads[entry.Place] = timer;
        _occupied[level] |= 1UL << slot;
    }

    private void Unlink(int timer)
    {
        ref var entry = ref _entries[timer];
        var place = entry.Place;
        entry.Place = None;
        if (place == Aside)
        {
            _aside.Remove((entry.Due, timer));
            return;
        }

        if (entry.Next != None)
        {
            _entries[entry.Next].Previous = entry.Previous;
        }

        if (entry.Previous != None)
        {
            _entries[entry.Previous].Next = entry.Next;
        }
        else if ((_heads[place] = entry.Next) == None)
        {
            Clear(place / Slots, place % Slots);
        }
    }

    private void EnsureRoom(int timer)
    {
        var length = _entries.Length;
        if (timer < length)
        {
            return;
        }

        Array.Resize(ref _entries, Math.Max(timer + 1, Math.Max(64, length * 2)));
        for (var i = length; i < _entries.Length; i++)
        {
            _entries[i].Place = None;
        }
    }

    private struct Entry
    {
        internal long Due;
        internal int Next;
        internal int Previous;
        internal int Place;
    }
}
