using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Chunks;

/// <summary>Gives properties of the events of one profile and metric, asked for one event after the other.</summary>
/// <remarks>
/// In a chunk these events lie together, in the order in which a history gives them. So the next event that is asked for is
/// mostly the next row: one comparison of addresses finds it, and the cell stands in a column. What lies in no chunk yet,
/// or in no column, is left to the log.
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class PropertyCursor(ChunkSet chunks)
{
    // Events that came late make a walk in the order of time go to and fro between a few chunks.
    private const int SlicesMax = 4;

    private readonly ChunkSlice[] _slices = [new(), new(), new(), new()];
    private (int Lane, int Ordinal, int Metric) _turnedTo = (-1, -1, -1);
    private int _last;

    /// <summary>Turns to a metric of a profile.</summary>
    internal void TurnTo(int lane, int ordinal, int metric)
    {
        if (_turnedTo != (lane, ordinal, metric))
        {
            _turnedTo = (lane, ordinal, metric);
            foreach (var slice in _slices)
            {
                slice.Clear();
            }
        }
    }

    /// <summary>Gets a property of an event.</summary>
    /// <param name="address">The event's address in the log.</param>
    /// <param name="name">The property.</param>
    /// <param name="names">The names of the lane.</param>
    /// <param name="value">Its value; null where the event has none.</param>
    /// <returns>False where only the log knows.</returns>
    internal bool TryRead(long address, string name, NameTable names, out PropertyValue value)
    {
        try
        {
            return SliceOf(address).TryRead(address, name, names, out value);
        }
        catch (ChunkUnreadableException damage)
        {
            chunks.Drop(damage.Range);
            _turnedTo = (-1, -1, -1);
            value = default;
            return false;
        }
    }

    private ChunkSlice SliceOf(long address)
    {
        var slice = _slices[_last];
        return slice.Covers(address) ? slice : OtherSliceOf(address);
    }

    private ChunkSlice OtherSliceOf(long address)
    {
        for (var i = 0; i < SlicesMax; i++)
        {
            if (_slices[i].Covers(address))
            {
                return _slices[_last = i];
            }
        }

        _last = (_last + 1) % SlicesMax;
        var slice = _slices[_last];
        slice.TurnTo(chunks[_turnedTo.Lane].Find(address), _turnedTo.Ordinal, _turnedTo.Metric);
        return slice;
    }
}
