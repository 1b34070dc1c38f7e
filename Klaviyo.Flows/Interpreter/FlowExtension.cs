using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Telemetry;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Timers;

namespace Klaviyo.Flows.Interpreter;

/// <summary>What flows keep in a store: their definitions, and the state of each lane.</summary>
/// <remarks>The store makes one of these at its opening, and another when it verifies itself.</remarks>
internal sealed class FlowExtension(CustomerPlatformOptions options) : IStoreExtension
{
    private readonly List<FlowLane> _lanes = [];

    /// <summary>Gets the definitions.</summary>
    internal FlowBook Book { get; } = new(options);

    /// <summary>Gets the lanes.</summary>
    internal IReadOnlyList<FlowLane> Lanes => _lanes;

    /// <summary>Gets how failed attempts are repeated.</summary>
    internal RetryPolicy Retry => options.Retry;

    /// <summary>Gets how often and when people may be written to.</summary>
    internal SendPolicy Sending => options.Sending;

    /// <summary>Gets whether every record is replayed as soon as it is written, and the states are compared.</summary>
    internal bool ChecksReplay => options.ChecksReplay;

    /// <summary>Gets the page on which people unsubscribe; null for none.</summary>
    internal UnsubscribePage? Unsubscribe => options.Unsubscribe;

    /// <summary>Gets what wakes the background loop.</summary>
    internal WakeSignal Signal { get; } = new();

    /// <summary>Gets or sets the id of the store, once it is open.</summary>
    internal Guid StoreId { get; set; }

    /// <summary>Gets or sets what tells of flows, once the store is open; what is only verified tells nothing.</summary>
    internal FlowMeter? Meter { get; set; }

    /// <summary>Gets or sets whether anyone wants to hear of decisions.</summary>
    internal volatile bool HasListeners;

    /// <inheritdoc/>
    public ILaneExtension CreateLane(int lane)
    {
        var created = new FlowLane(lane, this);
        _lanes.Add(created);
        return created;
    }

    /// <inheritdoc/>
    public void Defined(string kind, string name, string definition, Instant at) => Book.Define(kind, name, definition, at);

    /// <inheritdoc/>
    public IEnumerable<string> AskersOf(string segment) => Book.Flows.Where(f => Asks(f, segment)).Select(f => f.Name);

    // An archived flow may finish on versions that ask; what it would start with it is asked when it is restored.
    private bool Asks(Flow flow, string segment)
    {
        return (flow.Life == FlowLife.Live && flow.Latest.Groups.Contains(segment))
            || flow.Versions.Any(v => v.Groups.Contains(segment) && _lanes.Any(l => l.State.HasRuns(flow.Number, v)));
    }

    /// <summary>Gets the instant T of what was due at an instant and is done now.</summary>
    internal Instant InstantOf(Instant due, Flow flow, Instant now)
    {
        due = due < flow.Resumed ? flow.Resumed : due;
        return now.UnixMs - due.UnixMs > options.LatenessMax.TotalMilliseconds ? now : due;
    }
}
