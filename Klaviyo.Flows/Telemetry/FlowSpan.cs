using System.Diagnostics;

namespace Klaviyo.Flows.Telemetry;

/// <summary>An activity under way, or none where nobody listens; dispose to end it.</summary>
/// <remarks>As with measurements: what a listener throws costs it the activity, and never what the activity is about.</remarks>
internal readonly struct FlowSpan : IDisposable
{
    private FlowSpan(Activity? activity) => Activity = activity;

    internal Activity? Activity { get; }

    internal static FlowSpan Begin(ActivitySource source, string name, ActivityKind kind = ActivityKind.Internal)
    {
        try
        {
            return new FlowSpan(source.StartActivity(name, kind));
        }
#pragma warning disable CA1031 // The edge to code of the host.
        catch (Exception)
#pragma warning restore CA1031
        {
            return default;
        }
    }

    public void Dispose()
    {
        try
        {
            Activity?.Dispose();
        }
#pragma warning disable CA1031 // The edge to code of the host.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The activity is over all the same.
        }
    }
}
