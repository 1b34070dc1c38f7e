using System.Diagnostics;
using System.Globalization;

namespace Klaviyo.Bench.Crash;

/// <summary>Makes stores, has them written by processes that are killed, and checks what was acknowledged.</summary>
/// <remarks>
/// A copy of the store is opened and checked. The store itself stays as the kill has left it, and the next process has to
/// open it so: recovery of what was recovered, while it may be killed again.
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

    internal string Summary =>
        string.Create(CultureInfo.InvariantCulture, $"{_kills} kills, {_stores} stores, {_steps} steps acknowledged, {_events} events found");

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
            found = await FindAsync(store);
            Say(store, found, store.Acknowledged - acknowledged, Stopwatch.GetElapsedTime(started));
            if (found.Problem is not null)
            {
                return $"store {_stores - 1}, life {life}: {found.Problem}";
            }

            store.Continue(found.Steps);
        }

        _steps += store.Acknowledged;
        _events += found?.Events ?? 0;
        return null;
    }

    private async Task<CrashFinding> FindAsync(CrashStore store)
    {
        var copy = store.Path + ".copy";
        store.CopyTo(copy);
        try
        {
            await using var database = await CustomerDatabase.OpenAsync(copy, store.RandomOptions(_random));
            return await CrashCheck.FindAsync(database, store.Scripts, store.AcknowledgedSteps);
        }
        catch (Exception e) when (e is StoreCorruptedException or IOException)
        {
            return new CrashFinding(store.AcknowledgedSteps, 0, e.Message);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private void Say(CrashStore store, CrashFinding found, int acknowledged, TimeSpan time)
    {
        var line = $"kill {_kills,5}  {store.Lanes} lanes  {acknowledged,6} steps acknowledged, {found.Steps.Sum(),6} there  "
            + $"{found.Events,6} events  {(found.Problem is null ? "ok" : "FAILED")}  checked in {time.TotalSeconds:0.00} s";
        Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
    }
}
