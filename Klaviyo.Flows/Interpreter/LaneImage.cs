using System.Buffers;
using Klaviyo.Flows.Outbox;
using Klaviyo.Flows.State;

namespace Klaviyo.Flows.Interpreter;

/// <summary>The flow state of a lane as bytes: an image of the state, for checkpoints.</summary>
/// <remarks>
/// <code>
/// byte    format: 4 where anything stands in a line or went through one, 3 where there are entries by key, else 2
/// varint  next run
/// varint  runs, then each by slot: slot, number, seq, ordinal, flow, version, step + 1; byte status;
///         byte has event, 2 · which trigger more, 128 more of history; svarint event, entered, due; byte has detail; then svarint arrived, asked;
///         varint length, why it is parked; variables; format 4: varint length, line
/// varint  messages, then each by slot: slot, run, seq, ordinal, flow, version, step, attempts;
///         byte has event; svarint event, entered, at, due, since; varint forgiven; byte status;
///         of one that stays: svarint since when; varint length, why; byte has variables; then variables
/// varint  last entries, then each by flow and profile: flow, ordinal; svarint at
/// varint  tallies, then each by flow, version and step: flow, version, step + 1; counts
/// format 3, 4: varint last entries by key, then each by profile, flow and key: flow, ordinal; varint length, JSON of the key; svarint at
/// format 4: varint lines through which anything went, then each by name: varint length, line; varint open; svarint last taken;
///         varint flow of the last + 1, window in milliseconds; varint instants, then each: svarint at; varint count
/// variables: varint length, JSON
/// </code>
/// </remarks>
internal static class LaneImage
{
    private const byte Format = 2;
    private const byte FormatWithKeys = 3;
    private const byte FormatWithLines = 4;
    private const byte OfHistory = 0x80;

    internal static void Save(LaneState state, EntryTable entries, KeyedEntryTable keyed, IBufferWriter<byte> image)
    {
        var writer = new ByteWriter();
        var format = !state.Rates.IsEmpty || !state.Lines.IsEmpty ? FormatWithLines : keyed.IsEmpty ? Format : FormatWithKeys;
        writer.Byte(format);
        writer.Unsigned(state.NextRun);
        writer.Unsigned(state.Runs.Count);
        for (var slot = 0; slot < state.Runs.End; slot++)
        {
            if (state.Runs.IsUsed(slot))
            {
                writer.Unsigned(slot);
                Save(state, state.Runs[slot], state.DetailOf(slot), format, writer);
                writer.MoveTo(image);
            }
        }

        writer.Unsigned(state.Messages.Count);
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
                writer.MoveTo(image);
            }
        }

        writer.Unsigned(entries.Count);
        foreach (var (flow, ordinal, at) in entries.InOrder())
        {
            writer.Unsigned(flow);
            writer.Unsigned(ordinal);
            writer.Signed(at.UnixMs);
            writer.MoveTo(image);
        }

        var plans = state.Plans.InOrder().ToList();
        writer.Unsigned(plans.Sum(p => p.Tallies.Count()));
        foreach (var plan in plans)
        {
            foreach (var (step, tally) in plan.Tallies)
            {
                writer.Unsigned(plan.Flow);
                writer.Unsigned(plan.Version);
                writer.Unsigned(step + 1);
                tally.Save(writer);
            }
        }

        if (format >= FormatWithKeys)
        {
            Save(keyed, writer);
        }

        if (format >= FormatWithLines)
        {
            state.Rates.Save(writer);
        }

        writer.MoveTo(image);
    }

    /// <summary>Reads an image.</summary>
    /// <returns>The number that the next run gets.</returns>
    internal static long Load(LaneState state, EntryTable entries, KeyedEntryTable keyed, ref ByteReader reader)
    {
        var format = reader.Byte();
        if (format is not (Format or FormatWithKeys or FormatWithLines))
        {
            throw new InvalidDataException($"A flow image has the unknown format {format}.");
        }

        var nextRun = reader.Unsigned();
        for (var left = reader.Int(); left > 0; left--)
        {
            var slot = reader.Int();
            var run = LoadRun(state, ref reader);
            state.Restore(slot, run, LoadDetail(run, format, ref reader));
        }

        for (var left = reader.Int(); left > 0; left--)
        {
            var slot = reader.Int();
            var message = LoadMessage(state, ref reader);
            var letter = message.Stays ? (reader.Instant(), reader.Text()) : default;
            state.Restore(slot, message, reader.Byte() != 0 ? VariableText.Read(ref reader) : null, letter);
        }

        for (var left = reader.Int(); left > 0; left--)
        {
            entries.Note(reader.Int(), reader.Int(), reader.Instant());
        }

        for (var left = reader.Int(); left > 0; left--)
        {
            var plan = state.Plans.NumberOf(reader.Int(), reader.Int());
            state.Plans[plan].TallyOf(reader.Int() - 1).Load(ref reader);
        }

        for (var left = format >= FormatWithKeys ? reader.Int() : 0; left > 0; left--)
        {
            keyed.Note(reader.Int(), reader.Int(), reader.Text(), reader.Instant());
        }

        if (format >= FormatWithLines)
        {
            state.Rates.Load(ref reader);
        }

        return nextRun;
    }

    private static void Save(KeyedEntryTable keyed, ByteWriter writer)
    {
        var entries = keyed.InOrder();
        writer.Unsigned(entries.Count);
        foreach (var (flow, ordinal, key, at) in entries)
        {
            writer.Unsigned(flow);
            writer.Unsigned(ordinal);
            writer.Text(key);
            writer.Signed(at.UnixMs);
        }
    }

    private static void Save(LaneState state, in Run run, RunDetail? detail, byte format, ByteWriter writer)
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
            if (format >= FormatWithLines)
            {
                writer.Text(detail.Line);
            }
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

    private static RunDetail? LoadDetail(in Run run, byte format, ref ByteReader reader)
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
            Line = format >= FormatWithLines ? reader.Text() : "",
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
}
