using System.Diagnostics.Metrics;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Telemetry;

/// <summary>What a store tells those who watch it, through <c>System.Diagnostics.Metrics</c>. Costs nothing where nobody does.</summary>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class StoreMeter : IDisposable
{
    /// <summary>The tag that tells the stores of a process apart.</summary>
    internal const string StoreTag = "klaviyo.store.id";

    // A meter lives as long as the process where nobody closes the store, and must not keep that in memory as well.
    private readonly WeakReference<Store> _store;
    private readonly Meter _meter;
    private readonly DurationMeter _commits;

    internal StoreMeter(Store store)
    {
        _store = new WeakReference<Store>(store);
        _meter = new Meter(new MeterOptions(CustomerDatabase.MeterName) { Tags = [new(StoreTag, store.Id.ToString())] });
        _commits = new DurationMeter(
            _meter, "klaviyo.store.commit.duration", "How long commits took: those of one store come one after the other.");
    }

    /// <summary>Begins to tell what the store holds: once it is open.</summary>
    internal void Observe()
    {
        _meter.CreateObservableCounter("klaviyo.store.events", Events, "{event}", "Events in the store, by metric.");
        _meter.CreateObservableUpDownCounter("klaviyo.store.profiles", () => One(s => s.Profiles), "{profile}", "Profiles in the store.");
        _meter.CreateObservableUpDownCounter("klaviyo.store.log.size", () => One(s => s.LogBytes), "By", "The log.");
        _meter.CreateObservableUpDownCounter(
            "klaviyo.store.derived.size", () => One(s => s.DerivedBytes), "By", "The files that can be made again from the log.");
        _meter.CreateObservableUpDownCounter("klaviyo.store.index.size", () => One(s => s.IndexBytes), "By", "The index in memory.");
    }

    /// <summary>Notes how long a commit took.</summary>
    internal void Committed(TimeSpan taken) => _commits.Record(taken);

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Events() =>
        Stats()?.Metrics.Select(m => new Measurement<long>(m.Value, new KeyValuePair<string, object?>("klaviyo.metric", m.Key))) ?? [];

    private IEnumerable<Measurement<long>> One(Func<StoreStats, long> of) => Stats() is { } stats ? [new(of(stats))] : [];

    // Somebody may look while the store is being closed.
    private StoreStats? Stats()
    {
        try
        {
            return _store.TryGetTarget(out var store) ? store.Stats() : null;
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }
}
