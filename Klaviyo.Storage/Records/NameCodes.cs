using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Records;

/// <summary>The codes of names that were asked for lately, found by the string object instead of its characters.</summary>
/// <remarks>
/// A sender uses the same string objects for its metrics and properties again and again: literals, or what an import has
/// cached. So a slot is chosen by a few characters, and the object in it is compared by reference; only where it is another
/// object the table is asked. A code never changes, so a slot is never wrong.
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class NameCodes(NameTable names)
{
    private const int Slots = 1024;
    private readonly Slot[] _slots = new Slot[Slots];

    /// <summary>Gets the code of a name, where it has one.</summary>
    internal bool TryGet(string name, out int code)
    {
        ref var slot = ref _slots[SlotOf(name)];
        code = slot.Code;
        return ReferenceEquals(slot.Name, name) || TryGetSlowly(name, ref slot, out code);
    }

    private bool TryGetSlowly(string name, ref Slot slot, out int code)
    {
        if (!names.TryGetCode(name, out code))
        {
            return false;
        }

        slot = new Slot(name, code);
        return true;
    }

    private static int SlotOf(string name)
    {
        if (name.Length == 0)
        {
            return 0;
        }

        var mixed = name.Length + (name[0] * 37) + (name[name.Length / 2] * 101) + (name[^1] * 331);
        return mixed & (Slots - 1);
    }

    private readonly record struct Slot(string? Name, int Code);
}
