namespace Klaviyo.Flows.Interpreter;

/// <summary>The transitions that a run makes at one instant, one after the other, as the bytes of one record.</summary>
/// <remarks>
/// <code>
/// byte    format, 2
/// varint  slot, run, seq of the first transition, step on which the run stood + 1
/// svarint at
/// then each:
/// byte    kind; 128 more where variables follow
/// varint  step on which it stands now + 1
/// wait, await, migrate, queue: svarint due - at
/// migrate: varint version; byte status; svarint arrived - at
/// send: varint message slot
/// skip, refuse: byte reason
/// skip, refuse, park, cancel, queue: varint length, UTF-8 detail, of queue the line
/// with variables: varint length, JSON
/// </code>
/// </remarks>
internal static class WalkCodec
{
    /// <summary>The format: the first byte of the record.</summary>
    internal const byte Format = 2;

    private const byte HasVariables = 0x80;

    /// <summary>Writes what comes before the first transition.</summary>
    internal static void WriteHead(ByteWriter writer, in Transition first)
    {
        writer.Byte(Format);
        writer.Unsigned(first.Slot);
        writer.Unsigned(first.Run);
        writer.Unsigned(first.Seq);
        writer.Unsigned(first.From + 1);
        writer.Signed(first.At.UnixMs);
    }

    /// <summary>Writes a transition behind the one before.</summary>
    internal static void Write(ByteWriter writer, in Transition transition)
    {
        writer.Byte((byte)((int)transition.Kind | (transition.Variables is null ? 0 : HasVariables)));
        writer.Unsigned(transition.To + 1);
        if (HasDue(transition.Kind))
        {
            writer.Signed(transition.Due.UnixMs - transition.At.UnixMs);
        }

        if (transition.Kind == DecisionKind.Migrate)
        {
            writer.Unsigned(transition.Migration.Version);
            writer.Byte((byte)transition.Migration.Status);
            writer.Signed(transition.Migration.Arrived.UnixMs - transition.At.UnixMs);
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

    /// <summary>Reads a record; call <see cref="WalkReader.MoveNext"/> for each transition.</summary>
    /// <exception cref="InvalidDataException">Not a record of this format.</exception>
    internal static WalkReader Read(ReadOnlySpan<byte> record) => new(record);

    /// <summary>Makes all zero that is not counted, in place and in as many bytes: times, details, variables.</summary>
    internal static void Blank(Span<byte> record)
    {
        const int NumbersBeforeAt = 4;
        var blank = new RecordBlank(record, 1);
        blank.Skip(NumbersBeforeAt);
        blank.Number();
        while (!blank.IsAtEnd)
        {
            var tag = blank.Byte();
            var kind = (DecisionKind)(tag & ~HasVariables);
            blank.Skip(1);
            if (HasDue(kind))
            {
                blank.Number();
            }

            if (kind == DecisionKind.Migrate)
            {
                blank.Skip(1);
                blank.Byte();
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

            if ((tag & HasVariables) != 0)
            {
                blank.Object();
            }
        }
    }

    private static bool HasDue(DecisionKind kind) => kind is DecisionKind.Wait or DecisionKind.Await or DecisionKind.Migrate or DecisionKind.Queue;

    private static RunStatus StatusOf(byte status)
    {
        return status <= (byte)RunStatus.Unsent
            ? (RunStatus)status
            : throw new InvalidDataException($"A flow record has the unknown status {status}.");
    }

    private static bool HasReason(DecisionKind kind) => kind is DecisionKind.Skip or DecisionKind.Refuse;

    private static bool HasDetail(DecisionKind kind) =>
        kind is DecisionKind.Skip or DecisionKind.Refuse or DecisionKind.Park or DecisionKind.Cancel or DecisionKind.Queue;

    /// <summary>Reads the transitions of a record, one after the other.</summary>
    internal ref struct WalkReader
    {
        private readonly Instant _at;
        private readonly int _slot;
        private ByteReader _reader;
        private Transition _current;
        private int _seq;
        private int _from;

        internal WalkReader(ReadOnlySpan<byte> record)
        {
            _reader = new ByteReader(record);
            if (_reader.Byte() is var format && format != Format)
            {
                throw new InvalidDataException($"A flow record has the unknown format {format}.");
            }

            _slot = _reader.Int();
            Run = _reader.Unsigned();
            _seq = _reader.Int();
            _from = _reader.Int() - 1;
            _at = _reader.Instant();
        }

        /// <summary>Gets the number of the run.</summary>
        internal long Run { get; }

        /// <summary>Gets the transition.</summary>
        internal readonly Transition Current => _current;

        /// <summary>Reads the next transition.</summary>
        /// <exception cref="InvalidDataException">There is none, and more bytes.</exception>
        internal bool MoveNext()
        {
            if (_reader.IsAtEnd)
            {
                return false;
            }

            var tag = _reader.Byte();
            var kind = (DecisionKind)(tag & ~HasVariables);
            if (!Transition.IsMove(kind))
            {
                throw new InvalidDataException($"A flow record has the unknown kind {(int)kind}.");
            }

            // Initialisers run in the order in which they are written, which is the order of the bytes.
            _current = new Transition
            {
                Kind = kind,
                Slot = _slot,
                Run = Run,
                Seq = _seq++,
                At = _at,
                From = _from,
                To = _reader.Int() - 1,
                Due = HasDue(kind) ? _reader.InstantAfter(_at) : default,
                Migration = kind == DecisionKind.Migrate
                    ? new RunMigration(_reader.Int(), StatusOf(_reader.Byte()), _reader.InstantAfter(_at))
                    : default,
                Message = kind == DecisionKind.Send ? _reader.Int() : 0,
                Reason = HasReason(kind) ? (SkipReason)_reader.Byte() : SkipReason.None,
                Detail = HasDetail(kind) ? _reader.Text() : null,
                Variables = (tag & HasVariables) != 0 ? VariableText.Read(ref _reader) : null,
            };
            _from = _current.To;
            return true;
        }
    }
}
