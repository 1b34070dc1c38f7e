namespace Klaviyo.Storage.Checkpoints;

/// <summary>What a frame of a checkpoint holds. A number, once used, keeps its meaning for ever.</summary>
internal enum FrameKind : byte
{
    /// <summary>Names of a lane.</summary>
    Names = 1,

    /// <summary>Profiles of a lane, with the tail of its log at that moment.</summary>
    Profiles = 2,

    /// <summary>Which profiles are merged.</summary>
    Merges = 3,

    /// <summary>Segments and flows.</summary>
    Definitions = 4,

    /// <summary>What a library above derives of a lane.</summary>
    Extension = 5,

    /// <summary>The end: without it the file is not whole.</summary>
    End = 6,

    /// <summary>A part of the table of identifiers.</summary>
    Identifiers = 7,

    /// <summary>A filter of the unique ids of cold rows.</summary>
    UniqueIds = 8,

    /// <summary>The cold files of a lane that the profiles name.</summary>
    ColdFiles = 9,

    /// <summary>When segments of a lane were built and how their members grew.</summary>
    Memberships = 10,

    /// <summary>The latest time of the clock that the log of a lane tells of. An erased event may take it along.</summary>
    Clock = 11,

    /// <summary>How many events a lane has, of which metric, and how many profiles.</summary>
    Counts = 12,

    /// <summary>Which identifiers are refused.</summary>
    Suppressed = 13,

    /// <summary>How many profiles were erased, and when the last.</summary>
    Erasures = 16,
}

/// <summary>A piece of a checkpoint.</summary>
internal readonly record struct Frame(FrameKind Kind, int Lane, ReadOnlyMemory<byte> Payload);
