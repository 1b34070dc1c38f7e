using System.Diagnostics;
using System.Globalization;

namespace Klaviyo.Bench.Crash;

/// <summary>A process that writes to a store until it is killed.</summary>
internal static class CrashProcess
{
    /// <summary>Begins the line that acknowledges a fork.</summary>
    internal const string ForkWord = "fork";

    private static readonly TimeSpan Watchdog = TimeSpan.FromMinutes(30);

    /// <summary>Runs a process, kills it, and takes note of what it had acknowledged by then.</summary>
    internal static async Task RunAsync(CrashStore store, int life, Random random)
    {
        using var process = Start(store, life);
        using var timeout = new CancellationTokenSource(Watchdog);
        if (random.Next(6) == 0)
        {
            // At any moment: while it starts, creates the store, replays, writes its first checkpoint.
            await Task.Delay(random.Next(600), timeout.Token);
        }
        else
        {
            await ReadAsync(process, store, 1 << random.Next(11), timeout.Token);
            await Task.Delay(random.Next(5), timeout.Token);
        }

        process.Kill();

        // What stands in the pipe was acknowledged before the kill.
        await ReadAsync(process, store, int.MaxValue, timeout.Token);
        await process.WaitForExitAsync(timeout.Token);
        if (process.ExitCode is not (0 or 137))
        {
            throw new InvalidOperationException($"The writing process ended by itself with {process.ExitCode}.");
        }
    }

    private static Process Start(CrashStore store, int life)
    {
        string[] args =
        [
            typeof(CrashProcess).Assembly.Location,
            "crash-child",
            store.Path,
            Text(store.Seed),
            Text(life),
            store.EarlyAcks ? "early" : "honest",
            .. store.AcknowledgedSteps.Select(Text),
        ];
        return Process.Start(new ProcessStartInfo("dotnet", args) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    private static async Task ReadAsync(Process process, CrashStore store, int count, CancellationToken cancellationToken)
    {
        while (count-- > 0 && await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            // The kill may have cut the last line; what is whole ends with a point.
            if (line.EndsWith('.'))
            {
                Take(store, line[..^1].Split(' '));
            }
        }
    }

    private static void Take(CrashStore store, string[] words)
    {
        if (words[0] == ForkWord)
        {
            store.ForkedSteps = [.. words[1..].Select(Number)];
        }
        else
        {
            store.Acknowledge(Number(words[0]), Number(words[1]));
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
