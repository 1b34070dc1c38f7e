using System.Diagnostics;
using System.Globalization;

namespace Klaviyo.Bench.Crash.Flows;

/// <summary>Starts a process again and again on one store, kills it, and at last lets one finish; the receiver outlives them.</summary>
/// <remarks>
/// What must hold: of every event that was acknowledged the receiver got both messages, each under one key over all attempts and
/// lives, and no key twice for different messages. And the last life finds no run unfinished, and its state to be what the log
/// gives.
/// </remarks>
internal sealed class FlowCrashRun(FlowCrashOptions options, string parent) : IAsyncDisposable
{
    private static readonly TimeSpan Watchdog = TimeSpan.FromMinutes(10);
    private readonly Random _random = new(options.Seed);
    private readonly KeyReceiver _receiver = new(options.Seed);
    private readonly HashSet<int> _acknowledged = [];
    private int _next;
    private int _kills;

    internal string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"{_kills} kills, {_acknowledged.Count} runs acknowledged, {_receiver.Requests} requests, {_receiver.Keys} keys");

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    /// <returns>The first problem; null where there is none.</returns>
    internal async Task<string?> RunAsync()
    {
        var started = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var runsInLife = 1 + (options.Runs / (options.Kills + 1));
        for (; _kills < options.Kills; _kills++)
        {
            await LiveAsync(started, runsInLife * 2, kill: true);
        }

        var last = await LiveAsync(started, Math.Max(64, options.Runs - _acknowledged.Count), kill: false);
        if (last != "ok")
        {
            return $"the last life: {last ?? "ended by itself"}";
        }

        var problem = _receiver.Problem ?? _acknowledged.Order().Select(_receiver.MissingOf).FirstOrDefault(p => p is not null);
        if (problem is null)
        {
            Directory.Delete(parent, recursive: true);
        }

        return problem;
    }

    private async Task<string?> LiveAsync(long started, int runs, bool kill)
    {
        Directory.CreateDirectory(parent);
        string[] args =
        [
            typeof(FlowCrashRun).Assembly.Location, "crash-flow-child", parent, Text(started), Text(_receiver.Port), Text(_next), Text(runs),
            options.Control.Length == 0 ? "honest" : options.Control, kill ? "killed" : "last",
        ];
        using var timeout = new CancellationTokenSource(Watchdog);
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", args) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        if (kill)
        {
            // Anywhere: while it starts, between two lines, while messages are on their way.
            var lines = _random.Next(6) == 0 ? 0 : _random.Next(1, 1 + (runs / FlowCrashChild.BatchSize));
            await ReadAsync(process, lines, timeout.Token);
            await Task.Delay(_random.Next(lines == 0 ? 900 : 60), timeout.Token);
            process.Kill();
        }

        var last = await ReadAsync(process, int.MaxValue, timeout.Token);
        await process.WaitForExitAsync(timeout.Token);

        // What was not acknowledged may be there all the same: the next life begins behind it.
        _next += runs;
        return last;
    }

    private async Task<string?> ReadAsync(Process process, int count, CancellationToken cancellationToken)
    {
        string? said = null;
        while (count-- > 0 && await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            // The kill may have cut the last line; what is whole ends with a point.
            if (!line.EndsWith('.'))
            {
                said = line;
                continue;
            }

            var first = int.Parse(line.AsSpan(0, line.Length - 1), CultureInfo.InvariantCulture);
            _acknowledged.UnionWith(Enumerable.Range(first, FlowCrashChild.BatchSize));
        }

        return said;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
