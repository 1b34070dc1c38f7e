namespace Klaviyo;

/// <summary>What came of an import. All of it is durable.</summary>
/// <remarks>Counted are records of the input, as in <see cref="ImportProgress"/>.</remarks>
public sealed record ImportResult
{
    /// <summary>Gets how many were stored.</summary>
    public long Accepted { get; init; }

    /// <summary>Gets how many were events that the store had already.</summary>
    public long Duplicates { get; init; }

    /// <summary>Gets how many were refused, wholly or in part.</summary>
    public long Rejected { get; init; }

    /// <summary>Gets how many the mapping says to pass over.</summary>
    public long Skipped { get; init; }

    /// <summary>Gets how many profiles were written to.</summary>
    public long Profiles { get; init; }

    /// <summary>Gets the first refusal; null where there was none. All of them go to <see cref="ImportOptions.Rejects"/>.</summary>
    public Rejection? FirstRejection { get; init; }

    /// <summary>Gets how long it took.</summary>
    public TimeSpan Elapsed { get; init; }
}
