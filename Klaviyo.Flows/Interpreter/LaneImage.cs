using Klaviyo.Flows.Outbox;
using Klaviyo.Flows.State;

namespace Klaviyo.Flows.Interpreter;

/// <summary>The flow state of a lane as bytes: an image of the state, for checkpoints, in parts of bounded length.</summary>
/// <remarks>
/// <code>
/// each part: byte format, 5; byte section; then as much of it as there is room for
/// 0 head: varint next run
/// 1 runs, each by slot: slot, number, seq, ordinal, flow, version, step + 1; byte status;
///         byte has event, 2 · which trigger more, 128 more of history; svarint event, entered, due; byte has detail; then svarint arrived, asked;
///         varint length, why it is parked; variables; varint length, line
/// 2 messages, each by slot: slot, run, seq, ordinal, flow, version, step, attempts;
///         byte has event; svarint event, entered, at, due, since; varint forgiven; byte status;
///         of one that stays: svarint since when; varint length, why; byte has variables; then variables
/// 3 last entries, each by profile and flow: flow, ordinal; svarint at
/// 4 tallies, each by flow, version and step: flow, version, step + 1; counts
/// 5 last entries by key, each by profile, flow and key: flow, ordinal; varint length, JSON of the key; svarint at
/// 6 lines through which anything went: varint how many, then each by name: varint length, line; varint open; svarint last taken;
///         varint flow of the last + 1, window in milliseconds; varint instants, then each: svarint at; varint count
/// variables: varint length, JSON
/// </code>
/// </remarks>
internal static class LaneImage
{
    private const byte Format = 5;
    private const byte OfHistory = 0x80;
    private const int PartBytes = 256 << 10;

    /// <summary>Writes a state.</summary>
    /// <returns>Parts, each valid until the next; the same ones for the same state.</returns>
    internal static IEnumerable<ReadOnlyMemory<byte>> Save(LaneState state, EntryTable entries, KeyedEntryTable keyed)
    {
        var writer = new ByteWriter();
        foreach (var section in Enum.GetValues<Section>())
        {
            Begin(writer, section);
            var header = writer.Count;
            foreach (var _ in Items(section, state, entries, keyed, writer))
            {
                if (writer.Count >= PartBytes)
                {
                    yield return writer.WrittenMemory;
                    Begin(writer, section);
                }
            }

            if (writer.Count > header)
            {
                yield return writer.WrittenMemory;
            }
        }
    }

    /// <summary>Reads a part.</summary>
    /// <returns>The number that the next run gets; null where another part tells it.</returns>
    internal static long? Load(LaneState state, EntryTable entries, KeyedEntryTable keyed, ref ByteReader reader)
    {
        var (format, section) = (reader.Byte(), (Section)reader.Byte());
        if (format != Format || !Enum.IsDefined(section))
        {
            throw new InvalidDataException($"A flow image has the unknown format {format}, or the section {section}.");
        }

        if (section == Section.Head)
        {
            return reader.Unsigned();
        }

        while (!reader.IsAtEnd)
        {
            LoadItem(section, state, entries, keyed, ref reader);
        }

        return null;
    }

    private static void Begin(ByteWriter writer, Section section)
    {
        writer.Clear();
        writer.Byte(Format);
        writer.Byte((byte)section);
    }

    // Writes an item at each step. A part ends between two of them.
    private static IEnumerable<int> Items(
        Section section, LaneState state, EntryTable entries, KeyedEntryTable keyed, ByteWriter writer)
    {
        return section switch
        {
            Section.Head => Head(state, writer),
            Section.Runs => Runs(state, writer),
            Section.Messages => Messages(state, writer),
            Section.Entries => Entries(entries, writer),
            Section.Tallies => Tallies(state, writer),
            Section.KeyedEntries => Entries(keyed, writer),
            _ => Rates(state, writer),
        };
    }

    private static IEnumerable<int> Head(LaneState state, ByteWriter writer)
    {
        writer.Unsigned(state.NextRun);
        yield return 0;
    }

    private static IEnumerable<int> Runs(LaneState state, ByteWriter writer)
    {
        for (var slot = 0; slot < state.Runs.End; slot++)
        {
            if (state.Runs.IsUsed(slot))
            {
                writer.Unsigned(slot);
                Save(state, state.Runs[slot], state.DetailOf(slot), writer);
                yield return slot;
            }
        }
    }

    private static IEnumerable<int> Messages(LaneState state, ByteWriter writer)
    {
        for (var slot = 0; slot < state.Messages.End; slot++)
        {
            if (state.Messages.IsUsed(slot))
            {
                writer.Unsigned(slot);
                Save(state, state.Messages[slot], writer);
                if (state.Letters.TryGetValue(slot, out var letter))
                {
                    writer.Signed(letter.At.UnixMs);
                    writer.Text(letter.Reason);
                }

                Save(state.VariablesOfMessage(slot), writer);
                yield return slot;
            }
        }
    }

    private static IEnumerable<int> Entries(EntryTable entries, ByteWriter writer)
    {
        foreach (var (flow, ordinal, at) in entries.InOrder())
        {
            writer.Unsigned(flow);
            writer.Unsigned(ordinal);
            writer.Signed(at.UnixMs);
            yield return ordinal;
        }
    }

    private static IEnumerable<int> Tallies(LaneState state, ByteWriter writer)
    {
        foreach (var plan in state.Plans.InOrder())
        {
            foreach (var (step, tally) in plan.Tallies)
            {
                writer.Unsigned(plan.Flow);
                writer.Unsigned(plan.Version);
                writer.Unsigned(step + 1);
                tally.Save(writer);
                yield return step;
            }
        }
    }

    private static IEnumerable<int> Entries(KeyedEntryTable keyed, ByteWriter writer)
    {
        foreach (var (flow, ordinal, key, at) in keyed.InOrder())
        {
            writer.Unsigned(flow);
            writer.Unsigned(ordinal);
            writer.Text(key);
            writer.Signed(at.UnixMs);
            yield return ordinal;
        }
    }

    private static IEnumerable<int> Rates(LaneState state, ByteWriter writer)
    {
        if (!state.Rates.IsEmpty)
        {
            state.Rates.Save(writer);
            yield return 0;
        }
    }

    private static void LoadItem(
        Section section, LaneState state, EntryTable entries, KeyedEntryTable keyed, ref ByteReader reader)
    {
        switch (section)
        {
            case Section.Runs:
                var runSlot = reader.Int();
                var run = LoadRun(state, ref reader);
                state.Restore(runSlot, run, LoadDetail(run, ref reader));
                break;
            case Section.Messages:
                var slot = reader.Int();
                var message = LoadMessage(state, ref reader);
                var letter = message.Stays ? (reader.Instant(), reader.Text()) : default;
                state.Restore(slot, message, reader.Byte() != 0 ? VariableText.Read(ref reader) : null, letter);
                break;
            case Section.Entries:
                entries.Note(reader.Int(), reader.Int(), reader.Instant());
                break;
            case Section.Tallies:
                var plan = state.Plans.NumberOf(reader.Int(), reader.Int());
                state.Plans[plan].TallyOf(reader.Int() - 1).Load(ref reader);
                break;
            case Section.KeyedEntries:
                keyed.Note(reader.Int(), reader.Int(), reader.Text(), reader.Instant());
                break;
            default:
                state.Rates.Load(ref reader);
                break;
        }
    }

    private static void Save(LaneState state, in Run run, RunDetail? detail, ByteWriter writer)
    {
        var plan = state.Plans[run.Plan];
        var awaits = run.Status == RunStatus.Awaiting;
        writer.Unsigned(run.Number);
        writer.Unsigned(run.Seq);
        writer.Unsigned(run.Ordinal);
        writer.Unsigned(plan.Flow);
        writer.Unsigned(plan.Version);
        writer.Unsigned(run.Step + 1);
        writer.Byte((byte)run.Status);
        writer.Byte((byte)((run.IsOfHistory ? OfHistory : 0) | (run.Which << 1) | (run.HasTrigger ? 1 : 0)));
        writer.Signed(run.Trigger);
        writer.Signed(run.EnteredMs);
        writer.Signed(awaits ? detail!.Due.UnixMs : run.DueMs);
        writer.Byte(detail is null ? (byte)0 : (byte)1);
        if (detail is not null)
        {
            writer.Signed(detail.Arrived.UnixMs);
            writer.Signed(detail.Asked.UnixMs);
            writer.Text(detail.Reason);
            VariableText.Write(writer, detail.Variables);
            writer.Text(detail.Line);
        }
    }

    private static Run LoadRun(LaneState state, ref ByteReader reader)
    {
        byte start;
        var run = new Run
        {
            Number = reader.Unsigned(),
            Seq = reader.Int(),
            Ordinal = reader.Int(),
            Plan = state.Plans.NumberOf(reader.Int(), reader.Int()),
            Step = StepOf(reader.Int() - 1),
            Status = (RunStatus)reader.Byte(),
            HasTrigger = ((start = reader.Byte()) & 1) != 0,
            Which = (start & ~OfHistory) >> 1,
            IsOfHistory = (start & OfHistory) != 0,
            Trigger = reader.Signed(),
            EnteredMs = reader.Instant().UnixMs,
            DueMs = reader.Instant().UnixMs,
        };
        return run;
    }

    private static int StepOf(int step) =>
        step <= Run.StepMax ? step : throw new InvalidDataException($"A flow image has the step {step}.");

    private static RunDetail? LoadDetail(in Run run, ref ByteReader reader)
    {
        if (reader.Byte() == 0)
        {
            return run.Status != RunStatus.Awaiting
                ? null
                : throw new InvalidDataException("A flow image does not say what a run awaits.");
        }

        return new RunDetail
        {
            Arrived = reader.Instant(),
            Asked = reader.Instant(),
            Due = run.Status == RunStatus.Awaiting ? run.Due : default,
            Reason = reader.Text(),
            Variables = VariableText.Read(ref reader),
            Line = reader.Text(),
        };
    }

    private static void Save(LaneState state, in PendingAction message, ByteWriter writer)
    {
        var plan = state.Plans[message.Plan];
        writer.Unsigned(message.Run);
        writer.Unsigned(message.Seq);
        writer.Unsigned(message.Ordinal);
        writer.Unsigned(plan.Flow);
        writer.Unsigned(plan.Version);
        writer.Unsigned(message.Step);
        writer.Unsigned(message.Attempts);
        writer.Byte(message.HasTrigger ? (byte)1 : (byte)0);
        writer.Signed(message.Trigger);
        writer.Signed(message.EnteredMs);
        writer.Signed(message.AtMs);
        writer.Signed(message.DueMs);
        writer.Signed(message.SinceMs);
        writer.Unsigned(message.Forgiven);
        writer.Byte((byte)message.Status);
    }

    private static void Save(PropertyMap? variables, ByteWriter writer)
    {
        writer.Byte(variables is null ? (byte)0 : (byte)1);
        if (variables is not null)
        {
            VariableText.Write(writer, variables);
        }
    }

    private static PendingAction LoadMessage(LaneState state, ref ByteReader reader)
    {
        return new PendingAction
        {
            Run = reader.Unsigned(),
            Seq = reader.Int(),
            Ordinal = reader.Int(),
            Plan = state.Plans.NumberOf(reader.Int(), reader.Int()),
            Step = reader.Int(),
            Attempts = reader.Int(),
            HasTrigger = reader.Byte() != 0,
            Trigger = reader.Signed(),
            EnteredMs = reader.Instant().UnixMs,
            AtMs = reader.Instant().UnixMs,
            DueMs = reader.Instant().UnixMs,
            SinceMs = reader.Instant().UnixMs,
            Forgiven = reader.Int(),
            Status = (PendingStatus)reader.Byte(),
        };
    }

    private enum Section : byte
    {
        Head,
        Runs,
        Messages,
        Entries,
        Tallies,
        KeyedEntries,
        Lines,
    }
}
