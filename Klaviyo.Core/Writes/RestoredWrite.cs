namespace Klaviyo;

/// <summary>Something that only the import of an export writes: it was decided once and is not decided again.</summary>
internal abstract record RestoredWrite : CustomerWrite;

/// <summary>Gives identifiers to the very profile that had them, whatever the rules of identity would say now.</summary>
internal sealed record RestoredIdentifiers : RestoredWrite
{
    internal required IReadOnlyList<Identifier> Added { get; init; }
}

/// <summary>Merges the profile of an identifier into the profile of the write.</summary>
internal sealed record RestoredMerge : RestoredWrite
{
    internal required Identifier Source { get; init; }
}

/// <summary>Defines a segment; names no profile.</summary>
internal sealed record RestoredSegment : RestoredWrite
{
    internal required string Name { get; init; }

    internal required string Definition { get; init; }
}
