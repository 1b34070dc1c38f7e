using System.Buffers;
using Klaviyo.Flows.Outbox;
using Klaviyo.Flows.State;
using Klaviyo.Storage.Images;

namespace Klaviyo.Flows.Interpreter;

/// <summary>The flow state of a lane as bytes: images of the state, in pages, for checkpoints.</summary>
/// <remarks>
/// <code>
/// each part: byte format, 7; byte section; then some pages of it, in any order
/// 0 head: varint next run
/// 1 runs: slot, number, seq, ordinal, flow, version, step + 1; byte status;
///         byte has event, 2 · which trigger more, 128 more of history; svarint event, entered, due; byte has detail; then svarint arrived, asked;
///         varint length, why it is parked; varint seq of the message for which; variables; varint length, line
/// 2 messages: slot, run, seq, ordinal, flow, version, step, attempts;
///         byte has event; svarint event, entered, at, due, since; varint forgiven; byte status;
///         of one that stays: svarint since when; varint length, why; byte has variables; then variables
/// 3 last entries: flow, ordinal; svarint at
/// 4 tallies: flow, version, step + 1; counts
/// 5 last entries by key: flow, ordinal; varint length, JSON of the key; svarint at
/// 6 lines through which anything went: varint length, line; varint open; svarint last taken;
///         varint flow of the last + 1, window in milliseconds; varint instants, then each: svarint at; varint count
/// variables: varint length, JSON
/// </code>
/// </remarks>
internal static class LaneImage
{
    private const byte Format = 7;
    private const byte OfHistory = 0x80;

    /// <summary>Makes images of a state that does not change before all of them is read; the same ones for the same state.</summary>
    internal static IReadOnlyList<PagedImage> Of(LaneState state, EntryTable entries, KeyedEntryTable keyed)
    {
        // Which number a version has depends on the life of the process.
        FlowPlan[] plans = [.. state.Plans.InOrder()];
        return
        [
            Head(state),
            Runs(state),
            Messages(state),
            Entries(entries),
            Tallies(plans.Length, page => plans[page]),
            KeyedEntries(keyed),
            Lines(state.Rates.InOrder()),
        ];
    }

    /// <summary>Begins images of a state that goes on changing.</summary>
    internal static IReadOnlyList<PagedImage> Begin(LaneState state, EntryTable entries, KeyedEntryTable keyed)
    {
        var windows = state.Rates.InOrder();
        var lines = Lines(windows);
        for (var page = 0; page < windows.Length; page++)
        {
            (windows[page].Value.Image, windows[page].Value.Page) = (lines, page);
        }

        return
        [
            Head(state),
            state.Runs.Image = Runs(state),
            state.Outbox.Messages.Image = Messages(state),
            entries.Image = Entries(entries),
            state.Plans.Image = Tallies(state.Plans.Count, page => state.Plans[page]),
            keyed.Image = KeyedEntries(keyed),
            lines,
        ];
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

    private static PagedImage Image(Section section, int pages, Action<int, ByteWriter> write)
    {
        var writer = new ByteWriter();
        return new PagedImage(
            pages,
            (page, into) =>
            {
                writer.Clear();
                write(page, writer);
                into.Write(writer.Written);
            },
            Format,
            (byte)section);
    }

    private static PagedImage Head(LaneState state)
    {
        var next = state.NextRun;
        return Image(Section.Head, 1, (_, writer) => writer.Unsigned(next));
    }

    private static PagedImage Runs(LaneState state)
    {
        return Image(Section.Runs, state.Runs.Pages, (page, writer) =>
        {
            foreach (var slot in state.Runs.UsedIn(page))
            {
                writer.Unsigned(slot);
                Save(state, state.Runs[slot], state.DetailOf(slot), writer);
            }
        });
    }

    private static PagedImage Messages(LaneState state)
    {
        return Image(Section.Messages, state.Outbox.Messages.Pages, (page, writer) =>
        {
            foreach (var slot in state.Outbox.Messages.UsedIn(page))
            {
                writer.Unsigned(slot);
                Save(state, state.Outbox.Messages[slot], writer);
                if (state.Outbox.Letters.TryGetValue(slot, out var letter))
                {
                    writer.Signed(letter.At.UnixMs);
                    writer.Text(letter.Reason);
                }

                Save(state.Outbox.VariablesOf(slot), writer);
            }
        });
    }

    private static PagedImage Entries(EntryTable entries)
    {
        return Image(Section.Entries, entries.Pages, (page, writer) =>
        {
            foreach (var (flow, ordinal, at) in entries.In(page))
            {
                writer.Unsigned(flow);
                writer.Unsigned(ordinal);
                writer.Signed(at.UnixMs);
            }
        });
    }

    private static PagedImage Tallies(int pages, Func<int, FlowPlan> planOf)
    {
        return Image(Section.Tallies, pages, (page, writer) =>
        {
            var plan = planOf(page);
            foreach (var (step, tally) in plan.Tallies)
            {
                writer.Unsigned(plan.Flow);
                writer.Unsigned(plan.Version);
                writer.Unsigned(step + 1);
                tally.Save(writer);
            }
        });
    }

    private static PagedImage KeyedEntries(KeyedEntryTable keyed)
    {
        return Image(Section.KeyedEntries, keyed.Pages, (page, writer) =>
        {
            foreach (var (flow, ordinal, key, at) in keyed.In(page))
            {
                writer.Unsigned(flow);
                writer.Unsigned(ordinal);
                writer.Text(key);
                writer.Signed(at.UnixMs);
            }
        });
    }

    private static PagedImage Lines(KeyValuePair<string, RateWindow>[] windows)
    {
        return Image(Section.Lines, windows.Length, (page, writer) =>
        {
            writer.Text(windows[page].Key);
            windows[page].Value.Save(writer);
        });
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
                state.Outbox.Restore(slot, message, reader.Byte() != 0 ? VariableText.Read(ref reader) : null, letter);
                break;
            case Section.Entries:
                entries.Note(reader.Int(), reader.Int(), reader.Instant());
                break;
            case Section.Tallies:
                var plan = state.Plans.NumberOf(reader.Int(), reader.Int());
                state.Plans.TallyOf(plan, reader.Int() - 1).Load(ref reader);
                break;
            case Section.KeyedEntries:
                keyed.Note(reader.Int(), reader.Int(), reader.Text(), reader.Instant());
                break;
            default:
                state.Rates.Restore(reader.Text(), RateWindow.Load(ref reader));
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
            writer.Unsigned(detail.Sent);
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
            Sent = reader.Int(),
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
