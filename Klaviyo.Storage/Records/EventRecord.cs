using Klaviyo.Storage.Index;
using MessagePack;

namespace Klaviyo.Storage.Records;

/// <summary>An event in the log, decoded step by step: what the index needs first, the rest only when asked.</summary>
/// <remarks>Fields: profile, metric, time, received − time, backfill, value, unique id, properties.</remarks>
internal readonly ref struct EventRecord
{
    private EventRecord(scoped ref MessagePackReader reader)
    {
        Profile = reader.ReadInt32();
        Metric = reader.ReadInt32();
        TimeMs = reader.ReadInt64();
        ReceivedMs = TimeMs + reader.ReadInt64();
        Backfill = reader.ReadBoolean();
        Value = RecordReader.ReadNumberOrNil(ref reader) ?? double.NaN;
        UniqueId = ReadUtf8(ref reader);
    }

    internal int Profile { get; }

    internal int Metric { get; }

    internal long TimeMs { get; }

    internal long ReceivedMs { get; }

    internal bool Backfill { get; }

    /// <summary>Gets the value; NaN where there is none.</summary>
    internal double Value { get; }

    /// <summary>Gets the unique id in UTF-8; empty where there is none.</summary>
    internal ReadOnlySpan<byte> UniqueId { get; }

    internal TimelineRow Row(long address) => new(TimeMs, Value, address, Metric, UniqueIds.Hash(UniqueId));

    /// <summary>Reads what the index needs.</summary>
    internal static EventRecord Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new MessagePackReader(payload);
        return new EventRecord(ref reader);
    }

    /// <summary>Reads everything but the properties, before which the reader then stands.</summary>
    internal static EventRecord ReadHead(scoped ref MessagePackReader reader) => new(ref reader);

    /// <summary>Reads the whole event.</summary>
    internal static StoredEvent ReadAll(ReadOnlyMemory<byte> payload, EventId id, NameTable names)
    {
        var reader = new MessagePackReader(payload);
        var head = new EventRecord(ref reader);
        return new StoredEvent(
            id,
            names[head.Metric],
            Instant.FromUnixMs(head.TimeMs),
            Instant.FromUnixMs(head.ReceivedMs),
            double.IsNaN(head.Value) ? null : head.Value,
            head.UniqueId.IsEmpty ? null : System.Text.Encoding.UTF8.GetString(head.UniqueId),
            RecordReader.ReadMap(ref reader, names));
    }

    /// <summary>Reads one property of the event.</summary>
    internal static PropertyValue ReadProperty(ReadOnlyMemory<byte> payload, int name, NameTable names)
    {
        var reader = new MessagePackReader(payload);
        for (var field = 0; field < 7; field++)
        {
            reader.Skip();
        }

        return RecordReader.ReadMapValue(ref reader, name, names);
    }

    private static ReadOnlySpan<byte> ReadUtf8(scoped ref MessagePackReader reader)
    {
        if (reader.TryReadNil())
        {
            return default;
        }

        // A payload is one piece of memory, so its strings are too.
        var text = reader.ReadStringSequence();
        return text.HasValue ? text.Value.FirstSpan : default;
    }
}
