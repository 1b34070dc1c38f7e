using System.Diagnostics;
using Klaviyo.Bench.Compare.Data;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>A hundred segments that are kept current while the history is taken in, and what asking for a member costs.</summary>
/// <remarks>
/// Once at one instant, as a host takes in what happens, and once with a clock that goes through ninety days with the events: then
/// all that a window lets go of is found too, some ten changes an event.
/// </remarks>
internal sealed class LiveSegmentWork : Work
{
    private const int BatchSize = 1000;
    private const int Rounds = 3;
    private const int Questions = 2_000_000;

    internal override async Task RunAsync(CompareRun run)
    {
        await RunAsync(run, "segment-live-ingest", isMoving: false);
        await RunAsync(run, "segment-live-moving", isMoving: true);
    }

    private static async Task RunAsync(CompareRun run, string work, bool isMoving)
    {
        var rates = new List<double>();
        var members = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            var clock = new SteppedClock(isMoving ? run.Events.Arrived(0) : SampleEvents.AsOf);
            await using var database = await CustomerDatabase.OpenAsync(
                run.NewDirectory(work), new CustomerDatabaseOptions { Clock = clock });
            rates.Add(await LoadAsync(run, database, clock, isMoving));
            CompareRun.Say($"{work}: {rates[^1]:N0} events/s");
            members = Check(database);
            if (!isMoving && round == Rounds - 1)
            {
                MeasureMember(run, database);
            }
        }

        rates.Sort();
        var rate = new Measured(work, "events/s", lessIsBetter: false, run.Events.Count);
        rate.Add(Subject.Ours, rates[Rounds / 2], $"100 segments, {members:N0} members in all, median of {Rounds}");
        run.Add(rate);
    }

    private static async Task<double> LoadAsync(CompareRun run, CustomerDatabase database, SteppedClock clock, bool isMoving)
    {
        await SignUpAsync(run, database);
        foreach (var (name, definition) in LiveSegments.All())
        {
            await database.DefineSegmentAsync(name, definition);
        }

        await database.RunSegmentsAsync();
        var (stored, taken) = (0L, TimeSpan.Zero);
        while (stored < run.Events.Count)
        {
            var batches = SampleBatch.Of(run.Events, stored, BatchSize);
            Loading.Collect();
            var started = Stopwatch.GetTimestamp();
            foreach (var batch in batches)
            {
                clock.Advance(isMoving ? run.Events.Arrived(stored) - clock.GetUtcNow() : TimeSpan.Zero);
                await database.WriteAsync(batch.Writes);
                stored += batch.Writes.Length;
            }

            await database.RunSegmentsAsync();
            taken += Stopwatch.GetElapsedTime(started);
        }

        return run.Events.Count / taken.TotalSeconds;
    }

    private static async Task SignUpAsync(CompareRun run, CustomerDatabase database)
    {
        for (var first = 0; first < run.Events.Profiles; first += BatchSize)
        {
            var writes = Enumerable.Range(first, Math.Min(BatchSize, run.Events.Profiles - first)).Select(p => (CustomerWrite)new ProfileWrite
            {
                Profile = run.Events.Identifiers(p),
                Properties = new PropertyMap { ["plan"] = LiveSegments.PlanOf(p) },
            });
            await database.WriteAsync([.. writes]);
        }
    }

    private static long Check(CustomerDatabase database)
    {
        var all = 0L;
        foreach (var (name, definition) in LiveSegments.All())
        {
            var (kept, right) = (database.CountSegment(name), database.CountSegment(definition));
            all += kept == right ? kept : throw new WrongAnswerException($"'{name}' keeps {kept} members, an evaluation gives {right}.");
        }

        return all;
    }

    private static void MeasureMember(CompareRun run, CustomerDatabase database)
    {
        var names = LiveSegments.All().Select(s => s.Name).ToArray();
        var members = 0;
        var best = TimeSpan.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < Questions; i++)
            {
                members += database.IsMember(run.Events.Identifier((int)(i * 7919L % run.Events.Profiles)), names[i % names.Length]) ? 1 : 0;
            }

            var taken = Stopwatch.GetElapsedTime(started);
            best = taken < best ? taken : best;
        }

        var measured = new Measured("segment-member", "ns", lessIsBetter: true, run.Events.Count);
        measured.Add(Subject.Ours, best.TotalNanoseconds / Questions, $"{members:N0} times yes");
        run.Add(measured);
    }
}
