using System.Runtime.InteropServices;

namespace Klaviyo.Storage.Live;

/// <summary>By how much the number of members of a segment changed, hour by hour.</summary>
/// <remarks>Only hours in which it changed are kept: eight bytes each.</remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class HourlyCounts
{
    internal const long HourMs = 3_600_000;

    private readonly List<HourlyChange> _hours = [];

    /// <summary>Gets the hours since 1970 in order, and by how much more members there were at the end of each.</summary>
    internal IReadOnlyList<HourlyChange> Hours => _hours;

    /// <summary>Gets all of it as bytes.</summary>
    internal ReadOnlySpan<byte> Saved => MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_hours));

    internal void Add(long atMs, int change)
    {
        if (change == 0)
        {
            return;
        }

        var hour = (int)Math.Floor(atMs / (double)HourMs);

        // Nearly always the last hour; a lane that catches up may still add to the one before.
        var place = _hours.Count;
        while (place > 0 && _hours[place - 1].Hour > hour)
        {
            place--;
        }

        if (place > 0 && _hours[place - 1].Hour == hour)
        {
            _hours[place - 1] = new(hour, _hours[place - 1].Change + change);
        }
        else
        {
            _hours.Insert(place, new(hour, change));
        }
    }

    /// <summary>Takes in what <see cref="Saved"/> gave.</summary>
    internal void Load(ReadOnlySpan<byte> saved)
    {
        if (saved.Length % Marshal.SizeOf<HourlyChange>() != 0)
        {
            throw new InvalidDataException("The history of a segment has no whole number of hours.");
        }

        _hours.AddRange(MemoryMarshal.Cast<byte, HourlyChange>(saved));
    }
}

/// <summary>By how much the number of members of a segment changed in an hour.</summary>
/// <param name="Hour">Hours since 1970.</param>
/// <param name="Change">How many more there were at its end.</param>
internal readonly record struct HourlyChange(int Hour, int Change);
