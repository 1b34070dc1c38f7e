using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;
using Klaviyo.Tests.Storage.Log;

namespace Klaviyo.Tests.Faults;

/// <summary>
/// A seeded life of a store: appends, commits, reopens, until its disk fails; and what must be found afterwards.
/// </summary>
/// <remarks>The payload of a record tells its lane, sequence and the life in which it was written.</remarks>
internal sealed class StoreLife(int seed, int lanes = 2)
{
    private const int PageBytes = 4096;

    private readonly Random _random = new(seed);
    private readonly List<(byte Kind, byte[] Payload)>[] _written = [.. Enumerable.Range(0, lanes).Select(_ => new List<(byte, byte[])>())];
    private LogCut _acknowledged = LogCut.Empty(lanes);
    private LogCut _attempted = LogCut.Empty(lanes);

    /// <summary>Gets what was wrong while the store lived; null when nothing was.</summary>
    internal string? Problem { get; private set; }

    /// <summary>Gets whether the disk can still be read after it has failed.</summary>
    internal bool ReadsAfterFault { get; init; }

    /// <summary>Gets in how many turns the store is closed and opened once.</summary>
    internal int TurnsAReopen { get; init; } = 12;

    /// <summary>Works until the disk fails or the number of turns is over.</summary>
    internal async Task LiveAsync(IStorageFiles files, int turns)
    {
        EventLog? log = null;
        try
        {
            log = OpenToWrite(files);
            for (var turn = 0; turn < turns; turn++)
            {
                if (_random.Next(TurnsAReopen) == 0)
                {
                    log.Dispose();
                    log = OpenToWrite(files);
                    Forget(log);
                }

                await TurnAsync(log);
            }
        }
        catch (IOException e) when (e is PowerCutException or InjectedFaultException)
        {
            // The disk failed while the store was opened: there is nothing to look at.
        }
        catch (StorePoisonedException)
        {
            await LookAtPoisonedAsync(log!);
        }
        finally
        {
            log?.Dispose();
        }
    }

    /// <summary>
    /// Opens the store and looks whether it is at the last acknowledged cut, or at the one then under way.
    /// </summary>
    /// <returns>What is wrong; null when nothing is.</returns>
    internal string? Check(IStorageFiles files)
    {
        try
        {
            return Verify(files);
        }
        catch (StoreCorruptedException e)
        {
            return $"seed {seed}: {e.Message}";
        }
    }

    /// <summary>Does as Check, and throws where the store says that it is damaged.</summary>
    internal string? Verify(IStorageFiles files)
    {
        using var log = Open(files);
        var found = Ends(log.Durable);
        if (!found.SequenceEqual(Ends(_acknowledged)) && !found.SequenceEqual(Ends(_attempted)))
        {
            return $"seed {seed}: {Text(log.Durable)} instead of {Text(_acknowledged)} or {Text(_attempted)}";
        }

        _acknowledged = _attempted = log.Durable;
        Forget(log);
        return log.Lanes.Select(CheckLane).FirstOrDefault(problem => problem is not null);
    }

    private static async Task<bool> IsRefusedAsync(Func<Task> call)
    {
        try
        {
            await call();
            return false;
        }
        catch (StorePoisonedException e)
        {
            return e.InnerException is not null;
        }
    }

    // P4: after a fault the store refuses writes and still reads.
    private async Task LookAtPoisonedAsync(EventLog log)
    {
        if (log.Fault is null || !Ends(log.Durable).SequenceEqual(Ends(_acknowledged)))
        {
            Problem = $"seed {seed}: the fault is not kept, or something was made durable without saying so";
        }

        foreach (var lane in log.Lanes)
        {
            if (!await IsRefusedAsync(() => Task.FromResult(lane.Append(1, [1, 2, 3]))))
            {
                Problem = $"seed {seed}: lane {lane.Lane} takes records after the fault";
            }

            if (ReadsAfterFault)
            {
                Problem ??= CheckLane(lane);
            }
        }

        if (!await IsRefusedAsync(() => log.CommitAsync(log.Cut())))
        {
            Problem = $"seed {seed}: a commit succeeds after the fault";
        }
    }

    private static string Text(LogCut cut) => string.Join(',', Ends(cut));

    private static long[] Ends(LogCut cut) => [.. cut.Lanes.Select(lane => lane.LastSequence)];

    private EventLog OpenToWrite(IStorageFiles files)
    {
        var log = Open(files);
        log.Mend();
        return log;
    }

    private EventLog Open(IStorageFiles files) => EventLog.Open(LogFixture.Options(files, lanes) with
    {
        PageBytes = PageBytes,
        SegmentBytes = 2 * PageBytes,
        MemoryBytes = 2 * PageBytes,
    });

    private async Task TurnAsync(EventLog log)
    {
        for (var i = _random.Next(8); i > 0; i--)
        {
            Append(log.Lanes[_random.Next(lanes)]);
        }

        var isCommit = _random.Next(3) > 0;
        var cut = isCommit && _random.Next(8) > 0 ? log.CutToCommit() : log.Cut();
        if (cut.HasMark)
        {
            _written[0].Add((CommitMarks.Kind, []));
        }

        if (_random.Next(4) == 0)
        {
            Append(log.Lanes[_random.Next(lanes)]);
        }

        if (isCommit)
        {
            _attempted = cut;
            await log.CommitAsync(cut);
            _acknowledged = cut;
        }
    }

    private void Append(LaneLog lane)
    {
        var payload = new byte[_random.Next(10) == 0 ? _random.Next(3000) : _random.Next(300)];
        _random.NextBytes(payload);
        var kind = LogFixture.Kind(lane.LastSequence + 1);
        lane.Append(kind, payload);
        _written[lane.Lane].Add((kind, payload));
    }

    // What was not durable when the store was closed is gone, and its sequences are given again.
    private void Forget(EventLog log)
    {
        foreach (var lane in log.Lanes)
        {
            var durable = (int)lane.LastSequence;
            _written[lane.Lane].RemoveRange(durable, _written[lane.Lane].Count - durable);
        }
    }

    private string? CheckLane(LaneLog lane)
    {
        var sequence = 0;
        foreach (var record in lane.Scan(lane.Begin, lane.Tail))
        {
            var expected = _written[lane.Lane][sequence];
            sequence++;
            if (record.Sequence != sequence
                || record.Kind != expected.Kind
                || !record.Payload.Span.SequenceEqual(expected.Payload))
            {
                return $"seed {seed}: lane {lane.Lane} has another record at {sequence}";
            }
        }

        return sequence == lane.LastSequence ? null : $"seed {seed}: lane {lane.Lane} ends at {sequence}";
    }
}
