namespace Klaviyo.Flows.Interpreter;

/// <summary>What happens to the count of a line. The numbers stand in the log.</summary>
internal enum RateChangeKind : byte
{
    /// <summary>A run goes on, now.</summary>
    Pass = 0,

    /// <summary>A message is handed over; when its attempt begins is not known yet.</summary>
    Take = 1,

    /// <summary>The attempts of messages that were taken had begun by an instant.</summary>
    Settle = 2,
}

/// <summary>A change of the count of a line, a record of the log.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Line">The line.</param>
/// <param name="At">When.</param>
/// <param name="Flow">The flow, by number; not of what is settled.</param>
/// <param name="WindowMs">The length of the window, in milliseconds; not of what is settled.</param>
/// <param name="Count">How many are settled.</param>
internal readonly record struct RateChange(RateChangeKind Kind, string Line, Instant At, int Flow, long WindowMs, int Count);

/// <summary>Changes of the counts of lines as bytes. They are about nobody, so an erasure leaves them alone.</summary>
/// <remarks>
/// <code>
/// byte    format, 3
/// byte    kind
/// varint  length, UTF-8 line
/// svarint at
/// pass, take: varint flow, window in milliseconds
/// settle: varint count
/// </code>
/// </remarks>
internal static class RateCodec
{
    /// <summary>The format: the first byte of the record.</summary>
    internal const byte Format = 3;

    /// <summary>Writes a change.</summary>
    internal static void Write(ByteWriter writer, in RateChange change)
    {
        writer.Byte(Format);
        writer.Byte((byte)change.Kind);
        writer.Text(change.Line);
        writer.Signed(change.At.UnixMs);
        if (change.Kind == RateChangeKind.Settle)
        {
            writer.Unsigned(change.Count);
        }
        else
        {
            writer.Unsigned(change.Flow);
            writer.Unsigned(change.WindowMs);
        }
    }

    /// <summary>Reads a change.</summary>
    /// <exception cref="InvalidDataException">Not a record of this format.</exception>
    internal static RateChange Read(ReadOnlySpan<byte> record)
    {
        var reader = new ByteReader(record);
        if (reader.Byte() is var format && format != Format)
        {
            throw new InvalidDataException($"A flow record has the unknown format {format}.");
        }

        var kind = (RateChangeKind)reader.Byte();
        if (kind > RateChangeKind.Settle)
        {
            throw new InvalidDataException($"A flow record changes a rate in the unknown way {(byte)kind}.");
        }

        var (line, at) = (reader.Text(), reader.Instant());
        var change = kind == RateChangeKind.Settle
            ? new RateChange(kind, line, at, 0, 0, reader.Int())
            : new RateChange(kind, line, at, reader.Int(), reader.Unsigned(), 0);
        reader.ThrowUnlessEnd();
        return change;
    }
}
