using Klaviyo.Bench.Crash;
using Klaviyo.Storage.Files;
using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Faults;

/// <summary>
/// A seeded life of a whole database: writes, batches, erasures, merges, segments, commits, checkpoints, compactions, reopenings,
/// until its disk fails; and what must be found afterwards.
/// </summary>
/// <remarks>The writes are those of a <see cref="CrashScript"/>; its model says what every answer has to be.</remarks>
internal sealed class ScriptedLife(int seed, int lanes = 1)
{
    private const int BatchMax = 24;
    private const int IndexBytes = 1000;

    private readonly CrashScript _script = new(seed, 0) { BatchMax = BatchMax };
    private readonly Random _random = new(seed);
    private int _attempted;

    /// <summary>Gets how many steps were acknowledged.</summary>
    internal int Acknowledged { get; private set; }

    /// <summary>Gets what ended the life; null where nothing did.</summary>
    internal Exception? End { get; private set; }

    /// <summary>Gets what was wrong while the store lived; null where nothing was.</summary>
    internal string? Problem { get; private set; }

    /// <summary>Gets whether nearly every profile is out of memory at any time; by default with every other seed.</summary>
    internal bool IsShortOfMemory { get; init; } = seed % 2 == 0;

    /// <summary>Gets whether the disk can still be read after it has failed.</summary>
    internal bool ReadsAfterFault { get; init; }

    /// <summary>Works until the disk fails or the number of turns is over, and closes the store.</summary>
    internal async Task LiveAsync(IStorageFiles files, int turns)
    {
        End = null;
        CustomerDatabase? database = null;
        try
        {
            database = await OpenAsync(files);
            await CrashSegment.DefineAsync(database, _random);
            for (var turn = 0; turn < turns; turn++)
            {
                if (_random.Next(10) == 0)
                {
                    await database.DisposeAsync();
                    Acknowledged = _attempted;
                    database = await OpenAsync(files);
                }

                await TurnAsync(database);
            }
        }
        catch (Exception e) when (IsOfTheDisk(e))
        {
            End = e;
            LookAtPoisoned(database, e);
        }

        await CloseAsync(database);
    }

    /// <summary>Opens the store and compares all that it holds with what was written.</summary>
    /// <returns>What is wrong; null where nothing is.</returns>
    internal async Task<string?> CheckAsync(IStorageFiles files)
    {
        try
        {
            return await VerifyAsync(files);
        }
        catch (StoreCorruptedException damage)
        {
            return damage.Message;
        }
    }

    /// <summary>Does as Check, and throws where the store says that it is damaged.</summary>
    internal async Task<string?> VerifyAsync(IStorageFiles files)
    {
        await using var database = await OpenAsync(files);
        var found = await CrashCheck.FindAsync(database, [_script], [Acknowledged]);
        if (found.Steps[0] > _attempted)
        {
            return $"{found.Steps[0]} steps are there, {_attempted} were written";
        }

        var (wereSegmentsDefined, areThere) = (Acknowledged > 0, CrashSegment.Names.All(database.Segments.Contains));
        Acknowledged = _attempted = found.Steps[0];
        return found.Problem ?? (wereSegmentsDefined && !areThere ? "a segment that was defined is not there" : null);
    }

    /// <summary>Lets a later check accept any whole number of steps: a disk that lies loses what it likes.</summary>
    internal void ExpectNothing() => Acknowledged = 0;

    private static bool IsOfTheDisk(Exception e) =>
        e is IOException or StorePoisonedException or StoreCorruptedException;

    // A host closes what has failed, too. That nothing else than the fault comes of it is seen here.
    private static async Task CloseAsync(CustomerDatabase? database)
    {
        try
        {
            if (database is not null)
            {
                await database.DisposeAsync();
            }
        }
        catch (Exception e) when (IsOfTheDisk(e))
        {
            // What counts is what the next opening finds.
        }
    }

    private ValueTask<CustomerDatabase> OpenAsync(IStorageFiles files)
    {
        var clock = new FakeTimeProvider(CrashScript.Start.Plus(TimeSpan.FromDays(91)).ToDateTimeOffset());
        return DatabaseFixture.OpenAsync(files, clock, lanes, IsShortOfMemory ? IndexBytes : null);
    }

    private async Task TurnAsync(CustomerDatabase database)
    {
        switch (_random.Next(16))
        {
            case < 8:
                _attempted++;
                await _script.Step(_attempted - 1).DoAsync(database);
                break;
            case < 14:
                ApplySome(database, _random.Next(1, 8));
                await database.CommitAsync();
                break;
            case < 15:
                await MaintainAsync(database, static d => d.CompactAsync());
                return;
            default:
                await MaintainAsync(database, static d => d.CheckpointAsync().AsTask());
                return;
        }

        Acknowledged = _attempted;
    }

    // A checkpoint is disposable and a compaction can be repeated: one that fails harms nothing, and the store goes on.
    private async Task MaintainAsync(CustomerDatabase database, Func<CustomerDatabase, Task> maintainAsync)
    {
        try
        {
            await maintainAsync(database);
            Acknowledged = _attempted;
        }
        catch (IOException)
        {
            Problem ??= ReadsAfterFault ? CrashCheck.Answers(database, CrashModel.Of([(_script, _attempted)])) : null;
        }
    }

    private void ApplySome(CustomerDatabase database, int count)
    {
        while (count-- > 0 && _script.Step(_attempted) is { Writes: [var single] })
        {
            _attempted++;
            database.Apply(single);
        }
    }

    // P4: a store whose disk has failed refuses writes, with the first cause, and still answers from all that it has applied.
    private void LookAtPoisoned(CustomerDatabase? database, Exception e)
    {
        if (database is null || e is not StorePoisonedException || !ReadsAfterFault)
        {
            return;
        }

        Problem ??= e.InnerException is null ? "the fault has no cause" : null;
        try
        {
            Problem ??= CrashCheck.Answers(database, CrashModel.Of([(_script, _attempted)]));
            database.Apply(_script.Marker(_attempted));
            Problem ??= "a write is taken after the fault";
        }
        catch (Exception refused) when (refused is StorePoisonedException or InjectedFaultException)
        {
            // As promised; and where the disk cannot be read either, a question says so.
        }
    }
}
