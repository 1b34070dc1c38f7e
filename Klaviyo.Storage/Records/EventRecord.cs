using System.Text;
using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Records;

/// <summary>An event in the log, decoded step by step: what the index needs first, the rest only when asked.</summary>
/// <remarks>Fields: profile, metric, time, received − time, backfill, value, unique id, properties.</remarks>
internal readonly ref struct EventRecord
{
    private const int FieldsBeforeProperties = 7;

    private EventRecord(scoped ref PayloadReader reader)
    {
        Profile = reader.ReadCode();
        Metric = reader.ReadCode();
        TimeMs = reader.ReadTimeMs();
        ReceivedMs = unchecked(TimeMs + reader.ReadInt64());
        if (!PayloadReader.IsTime(ReceivedMs))
        {
            throw PayloadReader.Malformed();
        }

        Backfill = reader.ReadBoolean();
        Value = reader.TryReadNil() ? double.NaN : reader.ReadNumber();
        UniqueId = reader.ReadUtf8();
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
    internal static EventRecord Read(ReadOnlyMemory<byte> payload) => Read(payload.Span);

    /// <summary>Reads what the index needs.</summary>
    internal static EventRecord Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        return new EventRecord(ref reader);
    }

    /// <summary>Reads everything but the properties, before which the reader then stands.</summary>
    internal static EventRecord ReadHead(scoped ref PayloadReader reader) => new(ref reader);

    /// <summary>Reads the whole event.</summary>
    internal static StoredEvent ReadAll(ReadOnlySpan<byte> payload, EventId id, NameTable names)
    {
        var reader = new PayloadReader(payload);
        var head = new EventRecord(ref reader);
        return new StoredEvent(
            id,
            names[head.Metric],
            Instant.FromUnixMs(head.TimeMs),
            Instant.FromUnixMs(head.ReceivedMs),
            double.IsNaN(head.Value) ? null : head.Value,
            head.UniqueId.IsEmpty ? null : Encoding.UTF8.GetString(head.UniqueId),
            RecordReader.ReadMap(ref reader, names));
    }

    /// <summary>Reads one property of the event; allocates nothing for a scalar, nor for a text that was read lately.</summary>
    internal static PropertyValue ReadProperty(ReadOnlySpan<byte> payload, int name, NameTable names, RecentStrings? strings)
    {
        var reader = new PayloadReader(payload);
        reader.Skip(FieldsBeforeProperties);
        return RecordReader.ReadMapValue(ref reader, name, names, strings);
    }

    /// <summary>Tells whether the event has a unique id.</summary>
    internal static bool HasUniqueId(ReadOnlySpan<byte> payload, string uniqueId)
    {
        var stored = Read(payload).UniqueId;
        Span<byte> sent = stackalloc byte[512];
        if (Encoding.UTF8.GetMaxByteCount(uniqueId.Length) > sent.Length)
        {
            sent = new byte[Encoding.UTF8.GetByteCount(uniqueId)];
        }

        return stored.SequenceEqual(sent[..Encoding.UTF8.GetBytes(uniqueId, sent)]);
    }
}
