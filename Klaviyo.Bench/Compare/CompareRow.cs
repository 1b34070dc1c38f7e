namespace Klaviyo.Bench.Compare;

/// <summary>One measured value of one subject.</summary>
/// <param name="Work">What was done.</param>
/// <param name="Subject">Who did it: <c>ours</c> or the peer.</param>
/// <param name="Events">How many events were stored.</param>
/// <param name="Value">The value; null where there is none yet.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="RatioToOurs">Above 1, ours is that many times better; null where nothing is compared.</param>
/// <param name="Note">What has to be known along with it; for people only.</param>
internal sealed record CompareRow(
    string Work, string Subject, long Events, double? Value, string Unit, double? RatioToOurs, string Note);
