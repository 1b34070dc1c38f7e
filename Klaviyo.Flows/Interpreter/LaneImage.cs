using Klaviyo.Flows.Outbox;

namespace Klaviyo.Flows.Interpreter;

/// <summary>The flow state of a lane as bytes: an image of the state, for checkpoints.</summary>
/// <remarks>
/// <code>
/// byte    format, 2
/// varint  next run
/// varint  runs, then each by slot: slot, number, seq, ordinal, flow, version, step + 1; byte status;
///         byte has event, 2 · which trigger more; svarint event, entered, due; byte has detail; then svarint arrived, asked; variables
/// varint  messages, then each by slot: slot, run, seq, ordinal, flow, version, step, attempts;
///         byte has event; svarint event, entered, at, due; byte has variables; then variables
/// varint  last entries, then each by flow and profile: flow, ordinal; svarint at
/// varint  tallies, then each by flow, version and step: flow, version, step + 1; counts
/// variables: varint length, JSON
/// </code>
/// </remarks>
internal static class LaneImage
{
    private const byte Format = 2;

    internal static void Save(
        LaneState state,
        Dictionary<(int Flow, int Ordinal), long> entries,
        SortedDictionary<(int Flow, int Version, int Step), Tally> tallies,
        Dictionary<int, PropertyMap> variables,
        ByteWriter writer)
    {
        writer.Byte(Format);
        writer.Unsigned(state.NextRun);
        writer.Unsigned(state.Runs.Count);
        for (var slot = 0; slot < state.Runs.End; slot++)
        {
            if (state.Runs.IsUsed(slot))
            {
                writer.Unsigned(slot);
                Save(state.Runs[slot], writer);
                Save(state.DetailOf(slot), writer);
            }
        }

        writer.Unsigned(state.Messages.Count);
        for (var slot = 0; slot < state.Messages.End; slot++)
        {
            if (state.Messages.IsUsed(slot))
            {
                writer.Unsigned(slot);
                Save(state.Messages[slot], writer);
                Save(variables.GetValueOrDefault(slot), writer);
            }
        }

        writer.Unsigned(entries.Count);
        foreach (var ((flow, ordinal), ms) in entries.OrderBy(e => e.Key))
        {
            writer.Unsigned(flow);
            writer.Unsigned(ordinal);
            writer.Signed(ms);
        }

        writer.Unsigned(tallies.Count);
        foreach (var ((flow, version, step), tally) in tallies)
        {
            writer.Unsigned(flow);
            writer.Unsigned(version);
            writer.Unsigned(step + 1);
            tally.Save(writer);
        }
    }

    /// <summary>Reads an image.</summary>
    /// <returns>The number that the next run gets.</returns>
    internal static long Load(
        LaneState state,
        Dictionary<(int Flow, int Ordinal), long> entries,
        SortedDictionary<(int Flow, int Version, int Step), Tally> tallies,
        Dictionary<int, PropertyMap> variables,
        ref ByteReader reader)
    {
        if (reader.Byte() is var format && format != Format)
        {
            throw new InvalidDataException($"A flow image has the unknown format {format}.");
        }

        var nextRun = reader.Unsigned();
        for (var left = reader.Int(); left > 0; left--)
        {
            var slot = reader.Int();
            var run = LoadRun(ref reader);
            state.Restore(slot, run, LoadDetail(ref reader));
        }

        for (var left = reader.Int(); left > 0; left--)
        {
            var slot = reader.Int();
            state.Restore(slot, LoadMessage(ref reader));
            if (reader.Byte() != 0)
            {
                variables[slot] = VariableText.Read(ref reader);
            }
        }

        for (var left = reader.Int(); left > 0; left--)
        {
            var key = (reader.Int(), reader.Int());
            entries[key] = reader.Signed();
        }

        for (var left = reader.Int(); left > 0; left--)
        {
            var key = (reader.Int(), reader.Int(), reader.Int() - 1);
            tallies[key] = new Tally();
            tallies[key].Load(ref reader);
        }

        return nextRun;
    }

    private static void Save(in Run run, ByteWriter writer)
    {
        writer.Unsigned(run.Number);
        writer.Unsigned(run.Seq);
        writer.Unsigned(run.Ordinal);
        writer.Unsigned(run.Flow);
        writer.Unsigned(run.Version);
        writer.Unsigned(run.Step + 1);
        writer.Byte((byte)run.Status);
        writer.Byte((byte)((run.Which << 1) | (run.HasTrigger ? 1 : 0)));
        writer.Signed(run.Trigger);
        writer.Signed(run.EnteredMs);
        writer.Signed(run.DueMs);
    }

    private static void Save(RunDetail? detail, ByteWriter writer)
    {
        writer.Byte(detail is null ? (byte)0 : (byte)1);
        if (detail is not null)
        {
            writer.Signed(detail.Arrived.UnixMs);
            writer.Signed(detail.Asked.UnixMs);
            VariableText.Write(writer, detail.Variables);
        }
    }

    private static void Save(PropertyMap? variables, ByteWriter writer)
    {
        writer.Byte(variables is null ? (byte)0 : (byte)1);
        if (variables is not null)
        {
            VariableText.Write(writer, variables);
        }
    }

    private static RunDetail? LoadDetail(ref ByteReader reader)
    {
        return reader.Byte() == 0
            ? null
            : new RunDetail { Arrived = reader.Instant(), Asked = reader.Instant(), Variables = VariableText.Read(ref reader) };
    }

    private static Run LoadRun(ref ByteReader reader)
    {
        var run = new Run
        {
            Number = reader.Unsigned(),
            Seq = reader.Int(),
            Ordinal = reader.Int(),
            Flow = reader.Int(),
            Version = reader.Int(),
            Step = reader.Int() - 1,
            Status = (RunStatus)reader.Byte(),
            Which = reader.Byte(),
            Trigger = reader.Signed(),
            EnteredMs = reader.Signed(),
            DueMs = reader.Signed(),
        };
        (run.HasTrigger, run.Which) = ((run.Which & 1) != 0, (byte)(run.Which >> 1));
        return run;
    }

    private static void Save(in PendingAction message, ByteWriter writer)
    {
        writer.Unsigned(message.Run);
        writer.Unsigned(message.Seq);
        writer.Unsigned(message.Ordinal);
        writer.Unsigned(message.Flow);
        writer.Unsigned(message.Version);
        writer.Unsigned(message.Step);
        writer.Unsigned(message.Attempts);
        writer.Byte(message.HasTrigger ? (byte)1 : (byte)0);
        writer.Signed(message.Trigger);
        writer.Signed(message.EnteredMs);
        writer.Signed(message.AtMs);
        writer.Signed(message.DueMs);
    }

    private static PendingAction LoadMessage(ref ByteReader reader)
    {
        return new PendingAction
        {
            Run = reader.Unsigned(),
            Seq = reader.Int(),
            Ordinal = reader.Int(),
            Flow = reader.Int(),
            Version = reader.Int(),
            Step = reader.Int(),
            Attempts = reader.Int(),
            HasTrigger = reader.Byte() != 0,
            Trigger = reader.Signed(),
            EnteredMs = reader.Signed(),
            AtMs = reader.Signed(),
            DueMs = reader.Signed(),
        };
    }
}
