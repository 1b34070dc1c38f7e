using System.Diagnostics;

namespace Klaviyo.Flows.Interpreter;

/// <summary>Values in numbered slots; a slot that was given back is used again.</summary>
/// <typeparam name="T">What a slot holds.</typeparam>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class Slab<T>
    where T : struct
{
    private readonly Stack<int> _free = new();
    private T[] _items = [];
    private bool[] _used = [];

    /// <summary>Gets how many slots are in use.</summary>
    internal int Count { get; private set; }

    /// <summary>Gets one more than the highest slot that was ever used.</summary>
    internal int End { get; private set; }

    /// <summary>Gets what a slot holds. The reference is valid until the next slot is taken.</summary>
    internal ref T this[int slot]
    {
        get
        {
            Debug.Assert(IsUsed(slot), "A slot that is not in use was asked for.");
            return ref _items[slot];
        }
    }

    /// <summary>Tells whether a slot is in use.</summary>
    internal bool IsUsed(int slot) => (uint)slot < (uint)End && _used[slot];

    /// <summary>Names a slot that is not in use, without taking it.</summary>
    internal int Vacant()
    {
        // A slot may have been taken by number since it was given back: replay and Load do that.
        while (_free.TryPeek(out var slot) && _used[slot])
        {
            _free.Pop();
        }

        return _free.Count > 0 ? _free.Peek() : End;
    }

    /// <summary>Takes a slot that is not in use.</summary>
    internal ref T Take(int slot)
    {
        Debug.Assert(!IsUsed(slot), "A slot in use was taken.");
        if (slot >= _items.Length)
        {
            var length = Math.Max(slot + 1, Math.Max(16, _items.Length * 2));
            Array.Resize(ref _items, length);
            Array.Resize(ref _used, length);
        }

        if (_free.TryPeek(out var top) && top == slot)
        {
            _free.Pop();
        }

        for (var skipped = End; skipped < slot; skipped++)
        {
            _free.Push(skipped);
        }

        End = Math.Max(End, slot + 1);
        _used[slot] = true;
        _items[slot] = default;
        Count++;
        return ref _items[slot];
    }

    /// <summary>Gives a slot back.</summary>
    internal void Free(int slot)
    {
        Debug.Assert(IsUsed(slot), "A slot that is not in use was given back.");
        _used[slot] = false;
        _items[slot] = default;
        _free.Push(slot);
        Count--;
    }
}
