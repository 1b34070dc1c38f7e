namespace Klaviyo.Bench.Compare.Data;

/// <summary>Events that become durable together: as peers bind them, and as our door takes them.</summary>
internal sealed record SampleBatch(SampleEvent[] Samples, CustomerWrite[] Writes)
{
    /// <summary>Gets the most events that are made ahead of the measured time.</summary>
    internal const int AheadMax = 1 << 18;

    internal static SampleBatch One(SampleEvents events, in SampleEvent sample) => new([sample], [events.Write(sample)]);

    /// <summary>Makes the batches of a stretch of the history, outside of the measured time.</summary>
    internal static List<SampleBatch> Of(SampleEvents events, long first, int size)
    {
        var end = Math.Min(events.Count, first + (AheadMax / size * size));
        var batches = new List<SampleBatch>();
        for (var from = first; from < end; from += size)
        {
            var samples = new SampleEvent[Math.Min(size, end - from)];
            for (var i = 0; i < samples.Length; i++)
            {
                samples[i] = events.History(from + i);
            }

            batches.Add(new SampleBatch(samples, Array.ConvertAll(samples, s => (CustomerWrite)events.Write(s))));
        }

        return batches;
    }
}
