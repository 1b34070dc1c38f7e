using System.Diagnostics;
using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage.SQLite;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>Background jobs of Hangfire on SQLite: what a .NET host takes to do things later, durably, without a server of its own.</summary>
/// <remarks>
/// A job changes its state three times, each in the database: enqueued, processing, succeeded. That is counted as three transitions,
/// though a step of a flow does more. The options are Hangfire's defaults, but that it looks for work a hundred times a second.
/// </remarks>
internal static class HangfireJobs
{
    internal const string Name = "hangfire";
    private const int Jobs = 1000;
    private const int StatesOfJob = 3;
    private static readonly TimeSpan Polling = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan TakenMax = TimeSpan.FromMinutes(2);

    // Jobs are static methods, found by name.
    private static int Done;

    /// <summary>Does nothing, once a job.</summary>
    public static void Do() => Interlocked.Increment(ref Done);

    /// <returns>Durable transitions a second, and how many jobs that is of.</returns>
    internal static async Task<(double PerSecond, int Jobs)> MeasureAsync(string directory)
    {
        Directory.CreateDirectory(directory);
        using var storage = new SQLiteStorage(
            Path.Combine(directory, "jobs.db"), new SQLiteStorageOptions { QueuePollInterval = Polling });
        var client = new BackgroundJobClient(storage);
        Done = 0;
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Jobs; i++)
        {
            client.Create(Job.FromExpression(() => Do()), new EnqueuedState());
        }

        using var server = new BackgroundJobServer(new BackgroundJobServerOptions(), storage);
        while (Volatile.Read(ref Done) < Jobs && Stopwatch.GetElapsedTime(started) < TakenMax)
        {
            await Task.Delay(Polling);
        }

        var done = Volatile.Read(ref Done);
        return (done * StatesOfJob / Stopwatch.GetElapsedTime(started).TotalSeconds, done);
    }
}
