using System.Diagnostics;
using System.Globalization;

namespace Klaviyo.Bench.Crash;

/// <summary>Makes stores, has them written by processes that are killed, and checks what was acknowledged.</summary>
/// <remarks>
/// A copy of the store is opened and checked; sometimes also compacted, searched for what was erased, and checked once more. The
/// store itself stays as the kill has left it, and the next process has to open it so: recovery of what was recovered, while it
/// may be killed again. What the process forked is checked like the store.
/// </remarks>
internal sealed class CrashRun(CrashOptions options, string parent)
{
    private const int KillsPerStore = 20;
    private const int EventsPerStore = 60_000;

    private readonly Random _random = new(options.Seed);
    private int _kills;
    private int _stores;
    private long _steps;
    private long _events;
    private int _forks;
    private int _compactions;
    private long _traces;

    internal string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"{_kills} kills, {_stores} stores, {_steps} steps acknowledged, {_events} events found, {_forks} forks, "
        + $"{_compactions} compactions that took away {_traces} traces of the erased");

    /// <returns>The first problem; null where there is none.</returns>
    internal async Task<string?> RunAsync()
    {
        while (_kills < options.Kills)
        {
            var store = new CrashStore(Path.Combine(parent, $"store-{_stores}"), _random.Next(), options.EarlyAcks);
            _stores++;
            if (await RunAsync(store) is { } problem)
            {
                return problem;
            }

            Directory.Delete(store.Path, recursive: true);
        }

        Directory.Delete(parent, recursive: true);
        return null;
    }

    private async Task<string?> RunAsync(CrashStore store)
    {
        CrashFinding? found = null;
        for (var life = 0; life < KillsPerStore && _kills < options.Kills && (found?.Events ?? 0) < EventsPerStore; life++)
        {
            var acknowledged = store.Acknowledged;
            await CrashProcess.RunAsync(store, life, _random);
            _kills++;
            var started = Stopwatch.GetTimestamp();
            found = await FindAsync(store, life);
            Say(store, found, store.Acknowledged - acknowledged, Stopwatch.GetElapsedTime(started));
            if ((found.Problem ?? await FindInForkAsync(store, life)) is { } problem)
            {
                return $"store {_stores - 1}, life {life}: {problem}";
            }

            store.Continue(found.Steps);
        }

        _steps += store.Acknowledged;
        _events += found?.Events ?? 0;
        return null;
    }

    private async Task<CrashFinding> FindAsync(CrashStore store, int life)
    {
        var copy = store.Path + ".copy";
        store.CopyTo(copy);
        var found = await FindAsync(store, copy, store.AcknowledgedSteps, life);
        if (found.Problem is null && _random.Next(3) == 0)
        {
            found = await CompactAsync(store, copy, found, life);
        }

        if (found.Problem is null)
        {
            Directory.Delete(copy, recursive: true);
        }

        return found;
    }

    private async Task<CrashFinding> FindAsync(CrashStore store, string path, IReadOnlyList<int> acknowledged, int life)
    {
        try
        {
            await using var database = await CustomerDatabase.OpenAsync(path, store.RandomOptions(_random, life));
            return await CrashCheck.FindAsync(database, store.Scripts, acknowledged);
        }
        catch (Exception e) when (e is StoreCorruptedException or IOException)
        {
            return new CrashFinding(acknowledged, 0, e.Message);
        }
    }

    // What is searched for must be found before, or the search finds nothing ever.
    private async Task<CrashFinding> CompactAsync(CrashStore store, string path, CrashFinding found, int life)
    {
        var before = ErasedBytes.Find(path, found.Model!);
        await using (var database = await CustomerDatabase.OpenAsync(path, store.RandomOptions(_random, life)))
        {
            await database.CompactAsync();
        }

        _compactions++;
        _traces += before.Count;
        var (trace, file) = ErasedBytes.Find(path, found.Model!).FirstOrDefault();
        return trace is null
            ? await FindAsync(store, path, found.Steps, life)
            : found with { Problem = $"{trace} was erased and compacted, and is in {file}" };
    }

    // A fork that the kill has interrupted is no store; one that was acknowledged is, with all that was acknowledged before.
    private async Task<string?> FindInForkAsync(CrashStore store, int life)
    {
        var path = CrashStore.ForkOf(store.Path);
        var acknowledged = store.ForkedSteps;
        store.ForkedSteps = null;
        if (!Directory.Exists(path))
        {
            return acknowledged is null ? null : "a fork was acknowledged and is not there";
        }

        if (acknowledged is not null || File.Exists(Path.Combine(path, "STORE")))
        {
            _forks++;
            var found = await FindAsync(store, path, acknowledged ?? new int[CrashStore.Writers], life);
            if (found.Problem is not null)
            {
                return $"in the fork: {found.Problem}";
            }
        }

        Directory.Delete(path, recursive: true);
        return null;
    }

    private void Say(CrashStore store, CrashFinding found, int acknowledged, TimeSpan time)
    {
        var line = $"kill {_kills,5}  {store.Lanes} lanes  {acknowledged,6} steps acknowledged, {found.Steps.Sum(),6} there  "
            + $"{found.Events,6} events  {(found.Problem is null ? "ok" : "FAILED")}  checked in {time.TotalSeconds:0.00} s";
        Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
    }
}
