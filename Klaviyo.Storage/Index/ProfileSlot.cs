using Klaviyo.Storage.Cold;

namespace Klaviyo.Storage.Index;

/// <summary>What a lane keeps of one profile; the rest is behind two pointers, or cold.</summary>
/// <remarks>
/// <para>Facts and rows are in memory, or in cold files, each by itself. Facts come back as a whole. Rows may be here in part:
/// those that came since the others went cold (<see cref="SlotFlags.RowsCold"/>).</para>
/// <para>What is in memory and as it is in the cold files is clean, and is dropped without being written.</para>
/// </remarks>
internal struct ProfileSlot
{
    /// <summary>The earliest time of anything written to this profile itself.</summary>
    internal long CreatedMs;

    /// <summary>The block of the facts: its first 4 bytes say how many follow. 0 for none.</summary>
    internal nint Facts;

    internal Timeline Timeline;

    /// <summary>Where the facts are in the cold files, as they were when they were last put there.</summary>
    internal ColdPlace ColdFacts;

    /// <summary>Where the rows are in the cold files; the record there names the one before it.</summary>
    internal ColdPlace ColdRows;

    internal SlotFlags Flags;

    /// <summary>Gets whether anything of the profile but this is in memory.</summary>
    internal readonly bool IsInMemory => Facts != 0 || Timeline.Count > 0;

    internal readonly bool Has(SlotFlags flag) => (Flags & flag) != 0;

    internal void Set(SlotFlags flag, bool on) => Flags = on ? Flags | flag : Flags & ~flag;
}

/// <summary>The state of a slot.</summary>
[Flags]
internal enum SlotFlags : byte
{
    /// <summary>Nothing is cold, nothing was touched.</summary>
    None = 0,

    /// <summary>The facts are not in memory.</summary>
    FactsCold = 1,

    /// <summary>The facts in memory are newer than the cold ones, or there are no cold ones.</summary>
    FactsDirty = 2,

    /// <summary>Rows are in the cold files that are not in memory.</summary>
    RowsCold = 4,

    /// <summary>Rows are in memory that are not in the cold files.</summary>
    RowsDirty = 8,

    /// <summary>The cold rows are two records, one naming the other.</summary>
    RowsChained = 16,

    /// <summary>Touched since the hand of the clock last passed.</summary>
    Touched = 32,

    /// <summary>The profile was erased.</summary>
    Erased = 64,

    /// <summary>An account or custom object, not a person.</summary>
    Object = 128,
}
