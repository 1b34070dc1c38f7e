namespace Klaviyo.Storage.Lanes;

/// <summary>What a profile was, one change after the other.</summary>
internal static class FactHistories
{
    /// <summary>Gets the changes of a property up to an instant.</summary>
    internal static List<PropertyWrite> Property(LaneHistory history, string name, Instant at)
    {
        var created = history.Created;
        var changes = new List<PropertyWrite>();
        foreach (ref readonly var seen in history.PropertySeen(name))
        {
            if (seen.Time > at)
            {
                break;
            }

            // An identifier is kept as holding from the beginning of time; the profile's own beginning is what people mean.
            Add(changes, seen with { Time = seen.Time < created ? created : seen.Time });
        }

        return created > at ? [] : changes;
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
}
