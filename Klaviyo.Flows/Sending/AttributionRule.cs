namespace Klaviyo;

/// <summary>What counts as having moved somebody to do something: the last touch within its window.</summary>
/// <remarks>
/// A touch is an event that a message left behind. For a conversion at T the touches in (T − window, T] count, each metric with its own
/// window, and the last of them gets the conversion; of those in one millisecond the last that arrived.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record AttributionRule
{
    /// <summary>Gets the windows, by metric of the touch.</summary>
    public required IReadOnlyDictionary<string, TimeSpan> Windows { get; init; }

    /// <summary>Gets Klaviyo's rule: an e-mail, push or WhatsApp message that was opened or clicked, a text that was clicked, within 5 days; a text that came within a day.</summary>
    public static AttributionRule Klaviyo { get; } = new()
    {
        Windows = new Dictionary<string, TimeSpan>
        {
            ["Opened Email"] = TimeSpan.FromDays(5),
            ["Clicked Email"] = TimeSpan.FromDays(5),
            ["Opened Push"] = TimeSpan.FromDays(5),
            ["Clicked Push"] = TimeSpan.FromDays(5),
            ["Opened WhatsApp"] = TimeSpan.FromDays(5),
            ["Clicked WhatsApp"] = TimeSpan.FromDays(5),
            ["Clicked SMS"] = TimeSpan.FromDays(5),
            ["Received SMS"] = TimeSpan.FromDays(1),
        },
    };

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Windows);
        foreach (var (metric, window) in Windows)
        {
            ArgumentException.ThrowIfNullOrEmpty(metric);
            ArgumentOutOfRangeException.ThrowIfLessThan(window, TimeSpan.FromMilliseconds(1), $"Windows[{metric}]");
        }
    }

    /// <summary>Finds the touch that gets a conversion; null where none does.</summary>
    internal (string Metric, EventRow Row)? TouchOf(ProfileHistory history, Instant at)
    {
        (string Metric, EventRow Row)? last = null;
        foreach (var (metric, window) in Windows)
        {
            var rows = history.Events(metric, new TimeRange(at.Plus(-window).PlusMs(1), at));
            if (rows.Length > 0 && (last is not { } before || Follows(rows[^1], before.Row)))
            {
                last = (metric, rows[^1]);
            }
        }

        return last;
    }

    private static bool Follows(in EventRow row, in EventRow other) =>
        row.Time != other.Time ? row.Time > other.Time : row.Id.Value > other.Id.Value;
}

/// <summary>Something that somebody did, and the message that gets it.</summary>
/// <param name="Profile">The profile.</param>
/// <param name="Event">The event.</param>
/// <param name="At">When it happened.</param>
/// <param name="Value">How much it was worth; null where it says nothing.</param>
/// <param name="Flow">The flow that sent the message; empty where it did not come from a flow.</param>
/// <param name="Step">The step that sent it.</param>
/// <param name="Message">The key of the message.</param>
/// <param name="Touch">The metric of the touch, e.g. <c>Clicked Email</c>.</param>
/// <param name="TouchedAt">When the touch was.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record Conversion(
    ProfileId Profile, EventId Event, Instant At, double? Value, string Flow, string Step, string Message, string Touch, Instant TouchedAt);
