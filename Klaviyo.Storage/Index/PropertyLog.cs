using System.Runtime.InteropServices;

namespace Klaviyo.Storage.Index;

/// <summary>Every value that the properties of one profile were ever given.</summary>
/// <remarks>
/// Sorted by (name, time, arrival), so the values of one property stand together and the last one at or before T is the
/// answer at T. A late write takes its place in time and does not override a newer one.
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class PropertyLog
{
    private readonly List<PropertyEntry> _entries = [];

    internal ReadOnlySpan<PropertyEntry> Entries => CollectionsMarshal.AsSpan(_entries);

    internal void Add(in PropertyEntry entry)
    {
        var place = _entries.Count;
        while (place > 0 && IsBefore(entry, _entries[place - 1]))
        {
            place--;
        }

        _entries.Insert(place, entry);
    }

    /// <summary>Gets the entries of one name, by (time, arrival).</summary>
    internal ReadOnlySpan<PropertyEntry> Of(int name)
    {
        var entries = Entries;
        var start = 0;
        while (start < entries.Length && entries[start].Name < name)
        {
            start++;
        }

        var end = start;
        while (end < entries.Length && entries[end].Name == name)
        {
            end++;
        }

        return entries[start..end];
    }

    private static bool IsBefore(in PropertyEntry left, in PropertyEntry right)
    {
        return left.Name != right.Name ? left.Name < right.Name
            : left.TimeMs != right.TimeMs ? left.TimeMs < right.TimeMs
            : left.Address < right.Address;
    }
}

/// <summary>One value that a property was given.</summary>
/// <param name="Name">The code of the property's name.</param>
/// <param name="TimeMs">When it was given.</param>
/// <param name="Address">The record in the lane's log: arrival.</param>
/// <param name="Value">The value; null where it was cleared.</param>
internal readonly record struct PropertyEntry(int Name, long TimeMs, long Address, PropertyValue Value);
