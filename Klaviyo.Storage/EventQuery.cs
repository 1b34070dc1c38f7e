using Klaviyo.Storage.Lanes;

namespace Klaviyo;

/// <summary>Which events of a profile to read.</summary>
public sealed record EventQuery
{
    /// <summary>Gets the metric; null for all.</summary>
    public string? Metric { get; init; }

    /// <summary>Gets the filter that an event must pass; null for all.</summary>
    /// <value>
    /// Made from text by <see cref="FilterExpression"/>. It sees <c>metric</c>, <c>value</c>, <c>time</c>, <c>received</c>,
    /// <c>unique_id</c>, <c>id</c> and <c>properties.NAME</c>.
    /// </value>
    public FilterExpression? Filter { get; init; }

    /// <summary>Gets whether the latest event comes first.</summary>
    public bool Descending { get; init; }

    /// <summary>Gets how many events a page has at most.</summary>
    /// <value>At least 1. The default is all.</value>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Gets where to go on: the <see cref="EventPage.Next"/> of the page before; null for the first page.</summary>
    public string? Cursor { get; init; }

    internal EventPage Read(LaneHistory history, Instant at)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Limit, 1, nameof(Limit));
        var range = TimeRange.All.UpTo(at);
        var rows = (Metric is null ? history.AllEvents(range) : history.Events(Metric, range)).ToArray();
        if (Descending)
        {
            Array.Reverse(rows);
        }

        var events = new List<StoredEvent>();
        foreach (var row in rows.Skip(Start(rows)))
        {
            if (events.Count == Limit)
            {
                return new EventPage(events, events[^1].Id.ToString());
            }

            var read = history.Event(row.Id);
            if (Filter is null || Filter.Matches(name => Field(read, name)))
            {
                events.Add(read);
            }
        }

        return new EventPage(events, null);
    }

    private int Start(EventRow[] rows)
    {
        return Cursor is null ? 0 : Array.FindIndex(rows, r => r.Id.ToString() == Cursor) switch
        {
            < 0 => throw new ArgumentException($"'{Cursor}' is not a cursor of this question.", nameof(rows)),
            var place => place + 1,
        };
    }

    private static PropertyValue Field(StoredEvent read, string name)
    {
        return name switch
        {
            "id" => read.Id.ToString(),
            "metric" => read.Metric,
            "value" => read.Value is { } value ? value : PropertyValue.Null,
            "time" or "datetime" => read.Time,
            "received" => read.Received,
            "unique_id" => read.UniqueId,
            _ => new PropertyPath(name).Of(read.Properties),
        };
    }
}

/// <summary>Some events of a profile.</summary>
/// <param name="Events">The events.</param>
/// <param name="Next">The cursor of the next page; null where this is the last.</param>
public sealed record EventPage(IReadOnlyList<StoredEvent> Events, string? Next);
