using System.Diagnostics;
using System.Globalization;
using Klaviyo.Bench.Compare.Data;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare;

/// <summary>The other end of <see cref="Child"/>: prints its report when done, and closes the store when told to go.</summary>
internal static class ChildProgram
{
    private const int BatchSize = 4096;
    private const int Questions = 20_000;

    internal static async Task<int> RunAsync(string[] args)
    {
        var (task, directory) = (args[0], args[1]);
        var events = new SampleEvents(Number(args[2]), (int)Number(args[3]));
        var (heap, process) = Memory();
        var memory = Number(args[4]) << 20;
        await using var ours = new OurSubject(memory > 0 ? memory : null);
        var started = Stopwatch.GetTimestamp();
        await ours.OpenAsync(directory, events);
        var openUs = (long)Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        if (task is "load" or "cold")
        {
            await LoadAsync(ours, events);
        }

        var point = new Latencies();
        point.AddRound(task == "cold" ? AskSome(ours, events) : AskAll(ours, events));
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
            ProcessBytesPeak = ProcessPeak(),
            PointP50Ns = (long)(point.P50Us * 1000),
            PointP99Ns = (long)(point.P99Us * 1000),
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

    private static long[] AskAll(OurSubject ours, SampleEvents events)
    {
        var ticks = new long[events.Profiles];
        for (var profile = 0; profile < events.Profiles; profile++)
        {
            var before = Stopwatch.GetTimestamp();
            ours.Point(new PointQuestion(profile, SampleEvents.PlacedOrder, OnlyParis: false));
            ticks[profile] = Stopwatch.GetTimestamp() - before;
        }

        return ticks;
    }

    // A profile is rarely asked for twice, so hardly any is in memory but for those that are busy.
    private static long[] AskSome(OurSubject ours, SampleEvents events)
    {
        var questions = PointQuestion.Some(events, Questions, onlyParis: false);
        var answers = events.Answers(questions);
        var ticks = new long[questions.Length];
        for (var i = 0; i < questions.Length; i++)
        {
            var before = Stopwatch.GetTimestamp();
            var answer = ours.Point(questions[i]);
            ticks[i] = Stopwatch.GetTimestamp() - before;
            if (!answer.Agrees(answers[i]))
            {
                throw new WrongAnswerException($"ours says {answer} instead of {answers[i]} of {questions[i]}.");
            }
        }

        return ticks;
    }

    private static long ProcessPeak()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    private static (long Heap, long Process) Memory()
    {
        Loading.Collect();
        using var process = Process.GetCurrentProcess();
        return (GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
