using System.Diagnostics.Metrics;

namespace Klaviyo.Storage.Telemetry;

/// <summary>Tells how long things took, in seconds.</summary>
/// <remarks>
/// Who listens is code of the host that runs inside the call. What it throws costs it the measurement, and never what is measured: a
/// commit that is durable, a message that was delivered.
/// </remarks>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class DurationMeter(Meter meter, string name, string description)
{
    private readonly Histogram<double> _histogram = meter.CreateHistogram<double>(name, "s", description);

    /// <summary>Gets whether anybody listens.</summary>
    internal bool Enabled => _histogram.Enabled;

    /// <summary>Notes how long something took.</summary>
    internal void Record(TimeSpan taken, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!Enabled)
        {
            return;
        }

        try
        {
            _histogram.Record(taken.TotalSeconds, tags);
        }
#pragma warning disable CA1031 // The edge to code of the host.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Its measurement is lost.
        }
    }
}
