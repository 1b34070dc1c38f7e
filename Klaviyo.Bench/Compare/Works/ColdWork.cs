using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>A store that is many times its memory: what its process takes at most, and how long questions take.</summary>
internal sealed class ColdWork : Work
{
    private const int LogBytesAnEvent = 128;
    private const int LogBytesAByteOfMemory = 10;
    private const int MemoryMiBMin = 64;

    internal override async Task RunAsync(CompareRun run)
    {
        var tenth = run.Events.Count * LogBytesAnEvent / LogBytesAByteOfMemory >> 20;
        var memory = run.Options.MemoryMiB ?? (int)Math.Max(MemoryMiBMin, tenth);
        var directory = run.NewDirectory("cold");
        var report = await Child.ColdAsync(directory, run.Options, memory);
        var store = report.LogBytes / (double)(memory << 20);
        var note = $"{memory} MiB for a log of {report.LogBytes >> 20:N0} MiB";
        Add(run, "cold-p50", report.PointP50Ns / 1000.0, "us p50", note);
        Add(run, "cold-p99", report.PointP99Ns / 1000.0, "us p99", $"log {store:N1} times the memory, file cache warm");
        var taken = report.ProcessBytesPeak - report.ProcessBytesBefore;
        Add(run, "cold-memory", taken / (double)(memory << 20), "x memory", $"{taken >> 20:N0} MiB at most, beside the host's own");
        Directory.Delete(directory, recursive: true);
    }

    private static void Add(CompareRun run, string work, double value, string unit, string note)
    {
        var measured = new Measured(work, unit, lessIsBetter: true, run.Events.Count);
        measured.Add(Subject.Ours, value, note);
        run.Add(measured);
    }
}
