namespace Klaviyo.Storage.Log;

/// <summary>What is to stand at a place of the log instead of what stands there, in as many bytes.</summary>
/// <param name="Lane">The lane.</param>
/// <param name="Address">The place.</param>
/// <param name="Kind">The kind of the record; <see cref="Zeros"/> for bytes that are of no record.</param>
/// <param name="Sequence">The sequence of the record, which it had before.</param>
/// <param name="PayloadBytes">The length of its payload; of no record, how many bytes.</param>
/// <param name="Payload">Its payload; empty for zeros.</param>
internal readonly record struct Overwrite(
    int Lane, long Address, byte Kind, long Sequence, int PayloadBytes, ReadOnlyMemory<byte> Payload)
{
    internal const byte Zeros = 0;

    /// <summary>Gets how many bytes are overwritten.</summary>
    internal int Bytes => Kind == Zeros ? PayloadBytes : RecordHeader.EntryBytes + PayloadBytes;

    /// <summary>Writes what is to stand there; <paramref name="into"/> is exactly as long.</summary>
    internal void Write(Span<byte> into, uint seed)
    {
        into.Clear();
        if (Kind != Zeros)
        {
            Payload.Span.CopyTo(into[RecordHeader.EntryBytes..]);
            var header = new RecordHeader(PayloadBytes, Kind, Sequence);
            header.Write(into, into[RecordHeader.EntryBytes..], seed, Address);
        }
    }
}
