namespace Klaviyo.Flows.Interpreter;

/// <summary>Single transitions as bytes: triggers, what happens to messages, and moves of runs as they were once written.</summary>
/// <remarks>
/// <code>
/// byte    format, 1
/// byte    kind; 128 more where variables follow
/// varint  slot, run, seq, from + 1, to + 1
/// svarint at
/// trigger: svarint due; varint flow, version, ordinal; byte has event, 2 · which trigger more, 128 more of history;
/// svarint event
/// wait, await, retry, requeue: svarint due
/// send: varint message slot
/// skip, refuse, withdraw: byte reason
/// skip, retry, fail, withdraw, park, cancel, dead-letter, uncertain, drop: varint length, UTF-8 detail
/// with variables: varint length, JSON
/// </code>
/// Varints are little-endian groups of seven bits; svarints are zigzag.
/// </remarks>
internal static class TransitionCodec
{
    private const byte Format = 1;
    private const byte HasVariables = 0x80;
    private const byte OfHistory = 0x80;

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
        if (kind is DecisionKind.None or > DecisionKind.Drop)
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

    /// <summary>Makes all zero that is not counted, in place and in as many bytes: times, the event, details, variables.</summary>
    internal static void Blank(Span<byte> record, DecisionKind kind)
    {
        const int Head = 2;
        const int NumbersBeforeAt = 5;
        const int NumbersOfStart = 3;
        var blank = new RecordBlank(record, Head);
        blank.Skip(NumbersBeforeAt);
        blank.Number();
        if (HasDue(kind))
        {
            blank.Number();
        }

        if (kind == DecisionKind.Trigger)
        {
            blank.Skip(NumbersOfStart);
            blank.Zero();
            blank.Number();
        }

        blank.Skip(kind == DecisionKind.Send ? 1 : 0);
        if (HasReason(kind))
        {
            blank.Byte();
        }

        if (HasDetail(kind))
        {
            blank.Text();
        }

        if ((record[1] & HasVariables) != 0)
        {
            blank.Object();
        }
    }

    private static bool HasDue(DecisionKind kind)
    {
        return kind is DecisionKind.Trigger or DecisionKind.Wait or DecisionKind.Await or DecisionKind.Retry
            or DecisionKind.Requeue;
    }

    private static bool HasReason(DecisionKind kind) =>
        kind is DecisionKind.Skip or DecisionKind.Refuse or DecisionKind.Withdraw;

    private static bool HasDetail(DecisionKind kind)
    {
        return kind is DecisionKind.Skip or DecisionKind.Retry or DecisionKind.Fail or DecisionKind.Withdraw
            or DecisionKind.Park or DecisionKind.Cancel
            or DecisionKind.DeadLetter or DecisionKind.Uncertain or DecisionKind.Drop;
    }

    private static void WriteStart(ByteWriter writer, RunStart start)
    {
        writer.Unsigned(start.Flow);
        writer.Unsigned(start.Version);
        writer.Unsigned(start.Ordinal);
        writer.Byte((byte)((start.IsOfHistory ? OfHistory : 0) | (start.Which << 1) | (start.Trigger is null ? 0 : 1)));
        writer.Signed(start.Trigger?.Value ?? 0);
    }

    private static RunStart ReadStart(ref ByteReader reader)
    {
        var (flow, version, ordinal) = (reader.Int(), reader.Int(), reader.Int());
        var (flags, id) = (reader.Byte(), reader.Signed());
        return new RunStart(flow, version, ordinal, (flags & 1) != 0 ? new EventId(id) : null, (flags & ~OfHistory) >> 1, (flags & OfHistory) != 0);
    }
}
