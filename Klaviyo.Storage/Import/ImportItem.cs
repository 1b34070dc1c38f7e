namespace Klaviyo.Storage.Import;

/// <summary>What one record of input came to, or one of several writes that it came to.</summary>
/// <param name="Line">The line on which it begins, from 1.</param>
/// <param name="Write">What to store; null where it was refused or skipped.</param>
/// <param name="Rejection">Why it was refused; null where it was not.</param>
/// <param name="EndsRecord">Whether it is the last of its record.</param>
internal readonly record struct ImportItem(long Line, CustomerWrite? Write, Rejection? Rejection, bool EndsRecord)
{
    /// <summary>Gets whether the format says to pass over the record.</summary>
    internal bool IsSkipped => Write is null && Rejection is null;
}
