namespace Klaviyo;

/// <summary>Something that a damaged store has lost.</summary>
/// <param name="File">The file, relative to the store's directory, such as <c>lane-0/log.0</c>.</param>
/// <param name="Offset">The byte offset of the damage in the file; 0 when the whole file is meant.</param>
/// <param name="Address">The log address of the first record that is lost, or null where no record is meant.</param>
/// <param name="Sequence">The sequence number that was expected there, or null when it is not known.</param>
/// <param name="Reason">What is wrong and what that takes away, in a sentence or two.</param>
public sealed record StoreLoss(string File, long Offset, long? Address, long? Sequence, string Reason);
