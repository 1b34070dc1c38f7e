using Klaviyo.Bench.Compare.Data;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>What the store takes: in the index, in a process of its own, and on disk beside the events' compact JSON.</summary>
internal sealed class MemoryWork : Work
{
    internal override async Task RunAsync(CompareRun run)
    {
        var directory = run.NewDirectory("memory");
        var loaded = await Child.LoadAsync(directory, run.Options, kill: false);
        var reopened = await Child.OpenAsync(directory, run.Options);
        double events = run.Events.Count;
        Add(run, "memory-index", loaded.IndexBytes / events, "bytes/event");
        Add(run, "memory-heap", (loaded.HeapBytes - loaded.HeapBytesBefore) / events, "bytes/event");
        Add(run, "memory-process", (loaded.ProcessBytes - loaded.ProcessBytesBefore) / events, "bytes/event");
        Add(run, "memory-reopened", (reopened.ProcessBytes - reopened.ProcessBytesBefore) / events, "bytes/event");

        var json = JsonSize.Of(run.Events);
        var total = new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
        Add(run, "disk-log", loaded.LogBytes / (double)json, "x JSON", $"{loaded.LogBytes / events:N0} of {json / events:N0} bytes/event");
        Add(run, "disk-total", total / (double)json, "x JSON", $"{total / events:N0} bytes/event");
        Directory.Delete(directory, recursive: true);
    }

    private static void Add(CompareRun run, string work, double value, string unit, string note = "")
    {
        var measured = new Measured(work, unit, lessIsBetter: true, run.Events.Count);
        measured.Add(Subject.Ours, value, note);
        run.Add(measured);
    }
}
