namespace Klaviyo;

/// <summary>How far an import is.</summary>
/// <remarks>
/// Counted are records of the input: lines, rows, or the messages of a batch body. Each is accepted, a duplicate,
/// rejected or skipped, and never two of them. Every number only grows.
/// </remarks>
public sealed record ImportProgress
{
    /// <summary>Gets how many records were read and applied.</summary>
    public long Records { get; init; }

    /// <summary>Gets how many were stored.</summary>
    public long Accepted { get; init; }

    /// <summary>Gets how many were events that the store had already.</summary>
    public long Duplicates { get; init; }

    /// <summary>Gets how many were refused, wholly or in part.</summary>
    public long Rejected { get; init; }

    /// <summary>Gets how many the mapping says to pass over.</summary>
    public long Skipped { get; init; }

    /// <summary>Gets how many of the first records are safe: what was accepted of them survives power loss.</summary>
    /// <value>At most <see cref="Records"/>.</value>
    public long DurableRecords { get; init; }

    /// <summary>Gets how many bytes of the source were read, compressed ones where it is compressed.</summary>
    public long Bytes { get; init; }

    /// <summary>Gets how many bytes the source has; null where it cannot tell.</summary>
    public long? BytesTotal { get; init; }
}
