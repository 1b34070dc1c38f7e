using System.Diagnostics;
using System.Globalization;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>A million profiles leave a segment within one minute of the system's clock, while somebody writes.</summary>
internal sealed class SegmentExitWork : Work
{
    private const int Profiles = 1_000_000;
    private const int BatchSize = 4096;
    private const string Name = "active";
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Lead = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    internal override async Task RunAsync(CompareRun run)
    {
        await using var platform = await CustomerPlatform.OpenAsync(run.NewDirectory("segment-exits"), new CustomerPlatformOptions());
        await platform.DefineSegmentAsync(
            Name, new SegmentDefinition(When.Did("Placed Order").InTheLast((int)Window.TotalHours, TimeUnit.Hour)));
        await platform.SegmentReadyAsync(Name);
        var first = Instant.FromDateTimeOffset(platform.Clock.GetUtcNow()).Plus(Lead);
        await LoadAsync(platform, first);
        Loading.Collect();
        CompareRun.Say($"segment-exits: {platform.CountSegment(Name):N0} members, the first leaves at {first}");

        // Before anybody leaves: what the disk and the machine do to a writer by themselves.
        using var leaving = new CancellationTokenSource(first.ToDateTimeOffset() - platform.Clock.GetUtcNow() - Quiet);
        var alone = await Task.Run(() => PacedWriter.RunAsync(platform, leaving.Token));

        // From the end of the loading on: what came before is of no interest here.
        var from = platform.Position;
        using var ended = new CancellationTokenSource();
        var writer = Task.Run(() => PacedWriter.RunAsync(platform, ended.Token));
        var (lateness, disorder) = await FollowAsync(platform, from);
        await ended.CancelAsync();
        Report(run, lateness, disorder, await writer, alone);
        if (platform.CountSegment(Name) != 0)
        {
            throw new WrongAnswerException("Somebody is still in the segment.");
        }
    }

    private static async Task LoadAsync(CustomerPlatform platform, Instant first)
    {
        for (var start = 0; start < Profiles; start += BatchSize)
        {
            var batch = Enumerable.Range(start, Math.Min(BatchSize, Profiles - start)).Select(i => (CustomerWrite)new CustomerEvent
            {
                Profile = [Identifier.ExternalId("b" + i.ToString(CultureInfo.InvariantCulture))],
                Metric = "Placed Order",
                Time = first.Plus(-Window).PlusMs(i * 7919L % Profiles * (long)Minute.TotalMilliseconds / Profiles),
            });
            await platform.WriteAsync([.. batch]);
        }
    }

    private static async Task<(Latencies Lateness, long Disorder)> FollowAsync(CustomerPlatform platform, StorePosition from)
    {
        var (left, disorder, last) = (0, 0L, Instant.MinValue);
        var ticks = new List<long>(Profiles);
        await foreach (var change in platform.SegmentChangesAsync(Name, from, CancellationToken.None))
        {
            if (change.Entered)
            {
                continue;
            }

            var late = platform.Clock.GetUtcNow() - change.At.ToDateTimeOffset();
            ticks.Add((long)(late.TotalSeconds * Stopwatch.Frequency));
            disorder += change.At < last ? 1 : 0;
            last = change.At;
            if (++left == Profiles)
            {
                break;
            }
        }

        var lateness = new Latencies();
        lateness.AddRound([.. ticks]);
        return (lateness, disorder);
    }

    private static void Report(CompareRun run, Latencies lateness, long disorder, Latencies writer, Latencies alone)
    {
        Add("segment-exits-late", lateness.P50Us / 1000, "ms p50", $"from the instant to a reader; {disorder} out of order");
        Add("segment-exits-late-p99", lateness.P99Us / 1000, "ms p99", "");
        Add("segment-exits-writer-p50", writer.P50Us / 1000, "ms p50", $"100 durable events every 5 ms meanwhile; {Before(alone.P50Us)}");
        Add("segment-exits-writer-p99", writer.P99Us / 1000, "ms p99", Before(alone.P99Us));
        Add("segment-exits-writer-max", writer.MaxUs / 1000, "ms max", Before(alone.MaxUs));

        static string Before(double us) => string.Create(CultureInfo.InvariantCulture, $"{us / 1000:N2} before anybody leaves");

        void Add(string work, double value, string unit, string note)
        {
            var measured = new Measured(work, unit, lessIsBetter: true, Profiles);
            measured.Add(Subject.Ours, value, note);
            run.Add(measured);
        }
    }
}
