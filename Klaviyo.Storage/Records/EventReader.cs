using System.Diagnostics;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Log;

namespace Klaviyo.Storage.Records;

/// <summary>Reads events out of the log of a lane for questions: where they lie, if they are in memory.</summary>
/// <remarks>
/// A filter on three properties asks for the same event three times. One in memory is looked at three times; one in the file
/// is read and checked once, and kept until the next.
/// </remarks>
/// <threadsafety>One caller at a time, who holds the gate of the lane.</threadsafety>
internal sealed class EventReader(LaneLog log, NameTable names)
{
    private const long None = -1;

    private readonly NameCodes _codes = new(names);
    private byte[] _buffer = new byte[512];
    private LogAddress _buffered = new(None);
    private ReadOnlyMemory<byte> _payload;

    /// <summary>Gets a property of an event.</summary>
    /// <returns><see cref="PropertyValue.Null"/> where it has none.</returns>
    /// <remarks>Allocates nothing for a scalar in memory, nor for a text that was read lately.</remarks>
    /// <exception cref="StoreCorruptedException">The event is damaged.</exception>
    internal PropertyValue PropertyUnderGate(LogAddress address, string name)
    {
        if (!_codes.TryGet(name, out var code) || PayloadUnderGate(address) is not { IsEmpty: false } payload)
        {
            return PropertyValue.Null;
        }

        try
        {
            return EventRecord.ReadProperty(payload, code, names, names.Strings);
        }
        catch (InvalidDataException fault)
        {
            throw log.Unreadable(address, fault);
        }
    }

    /// <summary>Reads a whole event.</summary>
    /// <param name="address">Where it stands.</param>
    /// <param name="id">Its id.</param>
    /// <param name="counts">Tells of an ordinal whether events of that profile count; null where all do.</param>
    /// <returns>Null where the event was erased and its record overwritten, or does not count.</returns>
    /// <exception cref="StoreCorruptedException">The event is damaged.</exception>
    internal StoredEvent? EventUnderGate(LogAddress address, EventId id, Func<int, bool>? counts = null)
    {
        var payload = PayloadUnderGate(address);
        try
        {
            return payload.IsEmpty || counts?.Invoke(EventRecord.Read(payload).Profile) == false
                ? null
                : EventRecord.ReadAll(payload, id, names);
        }
        catch (InvalidDataException fault)
        {
            throw log.Unreadable(address, fault);
        }
    }

    /// <summary>Tells whether an event has a unique id.</summary>
    /// <exception cref="StoreCorruptedException">The event is damaged.</exception>
    internal bool HasUniqueIdUnderGate(LogAddress address, string uniqueId)
    {
        var payload = PayloadUnderGate(address);
        try
        {
            return EventRecord.HasUniqueId(payload, uniqueId);
        }
        catch (InvalidDataException fault)
        {
            throw log.Unreadable(address, fault);
        }
    }

    /// <summary>Gets the payload of an event: valid until the next call, or until the gate is left.</summary>
    /// <returns>Empty where the event was erased and its record overwritten.</returns>
    /// <exception cref="StoreCorruptedException">The event is damaged.</exception>
    internal ReadOnlySpan<byte> PayloadUnderGate(LogAddress address)
    {
        return address == _buffered ? _payload.Span : FetchUnderGate(address);
    }

    /// <summary>Drops what is kept, e.g. because records in the file were overwritten.</summary>
    internal void Forget() => (_buffered, _payload) = (new LogAddress(None), default);

    private ReadOnlySpan<byte> FetchUnderGate(LogAddress address)
    {
        if (!log.TryGetUnderGate(address, out var record))
        {
            Forget();
            record = log.Read(address, ref _buffer);
            (_buffered, _payload) = (address, record.Kind == (byte)RecordKind.Event ? record.Payload : default);
        }

        Debug.Assert((RecordKind)record.Kind is RecordKind.Event or RecordKind.Erased, "The address is one of an event.");
        return record.Kind == (byte)RecordKind.Event ? record.Payload.Span : default;
    }
}
