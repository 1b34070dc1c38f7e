using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>A store that is many times its memory: what its process takes at most, and how long questions take.</summary>
internal sealed class ColdWork : Work
{
    private const int LogBytesAnEvent = 115;
    private const int LogBytesAByteOfMemory = 10;

    internal override async Task RunAsync(CompareRun run)
    {
        var memory = run.Options.MemoryMiB;
        var eventsMin = ((long)memory << 20) * LogBytesAByteOfMemory / LogBytesAnEvent;
        var options = run.Options.Times((int)((eventsMin + run.Options.Events - 1) / run.Options.Events));
        var directory = run.NewDirectory("cold");
        var report = await Child.ColdAsync(directory, options, memory);
        var store = report.LogBytes / (double)((long)memory << 20);
        Add("cold-p50", report.PointP50Ns / 1000.0, "us p50", $"{memory} MiB for a log of {report.LogBytes >> 20:N0} MiB");
        Add("cold-p99", report.PointP99Ns / 1000.0, "us p99", $"log {store:N1} times the memory, file cache warm");
        var taken = report.ProcessBytesPeak - report.ProcessBytesBefore;
        Add("cold-memory", taken / (double)((long)memory << 20), "x memory", $"{taken >> 20:N0} MiB at most, beside the host's own");
        Directory.Delete(directory, recursive: true);

        void Add(string work, double value, string unit, string note)
        {
            var measured = new Measured(work, unit, lessIsBetter: true, options.Events);
            measured.Add(Subject.Ours, value, note);
            run.Add(measured);
        }
    }
}
