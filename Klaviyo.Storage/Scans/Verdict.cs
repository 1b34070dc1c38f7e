namespace Klaviyo.Storage.Scans;

/// <summary>What a scan finds out about a profile without building its history.</summary>
internal enum Verdict : byte
{
    /// <summary>It does not hold.</summary>
    No,

    /// <summary>It holds.</summary>
    Yes,

    /// <summary>Only the history tells.</summary>
    Unknown,
}
