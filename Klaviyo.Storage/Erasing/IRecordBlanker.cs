namespace Klaviyo.Storage.Erasing;

/// <summary>Takes erased profiles out of the records of a library above, in the order of the log.</summary>
/// <remarks>
/// Such a record cannot simply go: the state above is a fold over all of them. What stands in its place has the same length and
/// leads to the same state, and says nothing of the profile.
/// </remarks>
internal interface IRecordBlanker
{
    /// <summary>Sees a record, and blanks it where it tells of an erased profile.</summary>
    /// <param name="record">The record.</param>
    /// <param name="sequence">Its sequence in the lane.</param>
    /// <param name="blank">As long as the record. What is to stand in its place, where there is something to do.</param>
    /// <returns>False where the record stays as it is.</returns>
    bool TryBlank(ReadOnlySpan<byte> record, long sequence, Span<byte> blank);
}
