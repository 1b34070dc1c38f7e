namespace Klaviyo.Storage.Lanes;

/// <summary>What a profile was, one change after the other.</summary>
internal static class FactHistories
{
    /// <summary>Gets the changes of a property up to an instant.</summary>
    internal static List<PropertyWrite> Property(LaneHistory history, string name, Instant at)
    {
        // The values are those that readers see at each instant; the writes only say which instants to look at.
        var instants = new SortedSet<Instant>();
        foreach (var write in history.PropertyWrites(name))
        {
            instants.Add(write.Time);
        }

        var changes = new List<PropertyWrite>();
        foreach (var instant in instants.TakeWhile(i => i <= at))
        {
            Add(changes, new PropertyWrite(Since(history, instant), history.Property(name, instant)));
        }

        return history.Created > at ? [] : changes;
    }

    private static void Add(List<PropertyWrite> changes, in PropertyWrite next)
    {
        // Two values of one instant: the last is the one that readers see.
        if (changes.Count > 0 && changes[^1].Time == next.Time)
        {
            changes.RemoveAt(changes.Count - 1);
        }

        var before = changes.Count > 0 ? changes[^1].Value : PropertyValue.Null;
        if (next.Value != before)
        {
            changes.Add(next);
        }
    }

    // An identifier is kept as holding from the beginning of time; the profile's own beginning is what people mean.
    private static Instant Since(LaneHistory history, Instant instant) =>
        instant < history.Created ? history.Created : instant;
}
