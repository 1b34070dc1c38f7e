namespace Klaviyo.Storage.Records;

/// <summary>The clock's time when the records behind it were accepted, where they do not say so themselves.</summary>
/// <remarks>
/// Membership of a segment is a function of what is known and of the time. An event carries when it was received; other
/// records do not, and after a crash it must be known from when on a change by time is still to be looked for.
/// </remarks>
internal static class ClockRecord
{
    internal static long Read(ReadOnlyMemory<byte> payload) => new PayloadReader(payload.Span).ReadTimeMs();
}
