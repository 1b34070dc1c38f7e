using System.Diagnostics;
using System.Globalization;
using Klaviyo.Bench.Compare.Data;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare;

/// <summary>The other end of <see cref="Child"/>: prints its report when done, and closes the store when told to go.</summary>
internal static class ChildProgram
{
    private const int BatchSize = 4096;

    internal static async Task<int> RunAsync(string[] args)
    {
        var (task, directory) = (args[0], args[1]);
        var events = new SampleEvents(Number(args[2]), (int)Number(args[3]));
        var (heap, process) = Memory();
        await using var ours = new OurSubject();
        var started = Stopwatch.GetTimestamp();
        await ours.OpenAsync(directory, events);
        var openUs = (long)Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        if (task == "load")
        {
            await LoadAsync(ours, events);
        }

        AskAll(ours, events);
        var stats = ours.Database.Stats();
        var (heapNow, processNow) = Memory();
        Console.WriteLine(new ChildReport
        {
            IndexBytes = stats.IndexBytes,
            LogBytes = stats.LogBytes,
            HeapBytesBefore = heap,
            HeapBytes = heapNow,
            ProcessBytesBefore = process,
            ProcessBytes = processNow,
            OpenUs = openUs,
            Events = stats.Events,
            RecordsReplayed = ours.Database.RecordsReplayed,
        });
        await Console.In.ReadToEndAsync();
        return 0;
    }

    // One batch at a time is made, so that what waits to be written does not count as the store's memory.
    private static async Task LoadAsync(OurSubject ours, SampleEvents events)
    {
        for (var first = 0L; first < events.Count; first += BatchSize)
        {
            var writes = new CustomerWrite[Math.Min(BatchSize, events.Count - first)];
            for (var i = 0; i < writes.Length; i++)
            {
                writes[i] = events.Write(events.History(first + i));
            }

            await ours.WriteAsync(new SampleBatch([], writes));
        }
    }

    private static void AskAll(OurSubject ours, SampleEvents events)
    {
        for (var profile = 0; profile < events.Profiles; profile++)
        {
            ours.Point(new PointQuestion(profile, SampleEvents.PlacedOrder, OnlyParis: false));
        }
    }

    private static (long Heap, long Process) Memory()
    {
        Loading.Collect();
        using var process = Process.GetCurrentProcess();
        return (GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
