namespace Klaviyo.Storage.Log;

/// <summary>A record as it was appended.</summary>
/// <param name="Address">Its place in the log of its lane.</param>
/// <param name="Kind">What the caller of Append said it is.</param>
/// <param name="Sequence">Its number in the lane: 1 for the first, one more for each next.</param>
/// <param name="Payload">The bytes, in the buffer of the reader: valid until its next read.</param>
internal readonly record struct LogRecord(LogAddress Address, byte Kind, long Sequence, ReadOnlyMemory<byte> Payload);
