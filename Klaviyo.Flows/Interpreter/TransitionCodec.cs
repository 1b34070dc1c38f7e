using System.Diagnostics;

namespace Klaviyo.Flows.Interpreter;

/// <summary>Transitions as bytes.</summary>
/// <remarks>
/// <code>
/// byte    format, 1
/// byte    kind; 128 more where variables follow
/// varint  slot, run, seq, from + 1, to + 1
/// svarint at
/// trigger: svarint due; varint flow, version, ordinal; byte has event, 2 · which trigger more; svarint event
/// wait, await, retry: svarint due
/// send: varint message slot
/// skip, refuse, withdraw: byte reason
/// skip, retry, fail, withdraw: varint length, UTF-8 detail
/// with variables: varint length, JSON
/// </code>
/// Varints are little-endian groups of seven bits; svarints are zigzag.
/// </remarks>
internal static class TransitionCodec
{
    private const byte Format = 1;
    private const byte HasVariables = 0x80;

    /// <summary>Writes a transition.</summary>
    internal static void Write(ByteWriter writer, in Transition transition)
    {
        writer.Byte(Format);
        writer.Byte((byte)((int)transition.Kind | (transition.Variables is null ? 0 : HasVariables)));
        writer.Unsigned(transition.Slot);
        writer.Unsigned(transition.Run);
        writer.Unsigned(transition.Seq);
        writer.Unsigned(transition.From + 1);
        writer.Unsigned(transition.To + 1);
        writer.Signed(transition.At.UnixMs);
        if (HasDue(transition.Kind))
        {
            writer.Signed(transition.Due.UnixMs);
        }

        if (transition.Kind == DecisionKind.Trigger)
        {
            WriteStart(writer, transition.Start);
        }

        if (transition.Kind == DecisionKind.Send)
        {
            writer.Unsigned(transition.Message);
        }

        if (HasReason(transition.Kind))
        {
            writer.Byte((byte)transition.Reason);
        }

        if (HasDetail(transition.Kind))
        {
            writer.Text(transition.Detail ?? "");
        }

        if (transition.Variables is { } variables)
        {
            VariableText.Write(writer, variables);
        }
    }

    /// <summary>Reads a transition.</summary>
    /// <exception cref="InvalidDataException">Not a transition of a known format.</exception>
    internal static Transition Read(ReadOnlySpan<byte> record)
    {
        var reader = new ByteReader(record);
        if (reader.Byte() is var format && format != Format)
        {
            throw new InvalidDataException($"A flow record has the unknown format {format}.");
        }

        var tag = reader.Byte();
        var kind = (DecisionKind)(tag & ~HasVariables);
        if (kind is DecisionKind.None or > DecisionKind.Await)
        {
            throw new InvalidDataException($"A flow record has the unknown kind {(int)kind}.");
        }

        // Initialisers run in the order in which they are written, which is the order of the bytes.
        var transition = new Transition
        {
            Kind = kind,
            Slot = reader.Int(),
            Run = reader.Unsigned(),
            Seq = reader.Int(),
            From = reader.Int() - 1,
            To = reader.Int() - 1,
            At = reader.Instant(),
            Due = HasDue(kind) ? reader.Instant() : default,
            Start = kind == DecisionKind.Trigger ? ReadStart(ref reader) : default,
            Message = kind == DecisionKind.Send ? reader.Int() : 0,
            Reason = HasReason(kind) ? (SkipReason)reader.Byte() : SkipReason.None,
            Detail = HasDetail(kind) ? reader.Text() : null,
            Variables = (tag & HasVariables) != 0 ? VariableText.Read(ref reader) : null,
        };
        reader.ThrowUnlessEnd();
        return transition;
    }

    /// <summary>Makes all zero that is not counted, in place and in as many bytes: times, the event, the detail.</summary>
    internal static void Blank(Span<byte> record, DecisionKind kind)
    {
        const int Head = 2;
        const int NumbersBeforeAt = 5;
        const int NumbersOfStart = 3;
        var place = Head;
        Skip(record, NumbersBeforeAt, ref place);
        BlankNumber(record, ref place);
        if (HasDue(kind))
        {
            BlankNumber(record, ref place);
        }

        if (kind == DecisionKind.Trigger)
        {
            Skip(record, NumbersOfStart, ref place);
            record[place++] = 0;
            BlankNumber(record, ref place);
        }

        Skip(record, kind == DecisionKind.Send ? 1 : 0, ref place);
        place += HasReason(kind) ? 1 : 0;
        if (HasDetail(kind))
        {
            BlankText(record, ref place);
        }

        if ((record[1] & HasVariables) != 0)
        {
            var start = place;
            BlankText(record, ref place);
            "{}"u8.CopyTo(record[(record.Length - 2)..]);
            Debug.Assert(place == record.Length && start < place - 2, "The variables are the end of the record.");
        }
    }

    private static void BlankText(Span<byte> record, ref int place)
    {
        var reader = new ByteReader(record[place..]);
        var bytes = reader.Int();
        Skip(record, 1, ref place);
        record.Slice(place, bytes).Fill((byte)' ');
        place += bytes;
    }

    private static void Skip(ReadOnlySpan<byte> record, int numbers, ref int place)
    {
        for (; numbers > 0; numbers--)
        {
            while (record[place++] >= 0x80)
            {
            }
        }
    }

    // A zero may be written with more groups of seven bits than it needs.
    private static void BlankNumber(Span<byte> record, ref int place)
    {
        for (; record[place] >= 0x80; place++)
        {
            record[place] = 0x80;
        }

        record[place++] = 0;
    }

    private static bool HasDue(DecisionKind kind) => kind is DecisionKind.Trigger or DecisionKind.Wait or DecisionKind.Await or DecisionKind.Retry;

    private static bool HasReason(DecisionKind kind) =>
        kind is DecisionKind.Skip or DecisionKind.Refuse or DecisionKind.Withdraw;

    private static bool HasDetail(DecisionKind kind) =>
        kind is DecisionKind.Skip or DecisionKind.Retry or DecisionKind.Fail or DecisionKind.Withdraw;

    private static void WriteStart(ByteWriter writer, RunStart start)
    {
        writer.Unsigned(start.Flow);
        writer.Unsigned(start.Version);
        writer.Unsigned(start.Ordinal);
        writer.Byte((byte)((start.Which << 1) | (start.Trigger is null ? 0 : 1)));
        writer.Signed(start.Trigger?.Value ?? 0);
    }

    private static RunStart ReadStart(ref ByteReader reader)
    {
        var (flow, version, ordinal) = (reader.Int(), reader.Int(), reader.Int());
        var (flags, id) = (reader.Byte(), reader.Signed());
        return new RunStart(flow, version, ordinal, (flags & 1) != 0 ? new EventId(id) : null, flags >> 1);
    }
}
