using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Records;

/// <summary>Encodes records in MessagePack, with names as codes of the lane's table.</summary>
/// <remarks>
/// A name that is new is announced while the record that uses it is still being encoded, through <c>announce</c>, which
/// appends a record of its own; so a reader always knows a name before it is used. The bytes of a record are valid until
/// the next one is encoded.
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class RecordWriter(NameTable names, Action<string> announce)
{
    internal const sbyte InstantExtension = 1;

    private readonly NameCodes _codes = new(names);
    private readonly PayloadWriter _payload = new();

    /// <summary>Gets the code of a name, and announces it where it is new.</summary>
    internal int CodeOf(string name)
    {
        if (!_codes.TryGet(name, out var code))
        {
            announce(name);
            _ = _codes.TryGet(name, out code);
        }

        return code;
    }

    /// <summary>Gets the code of a name, where it was announced.</summary>
    internal bool TryGetCode(string name, out int code) => _codes.TryGet(name, out code);

    internal ReadOnlySpan<byte> Event(int profile, CustomerEvent written, Instant received)
    {
        _payload.Clear();
        _payload.Write(profile);
        WriteTail(written, written.Time!.Value, received);
        return _payload.Written;
    }

    /// <summary>Encodes what stands behind the profile in the record of an event.</summary>
    internal ReadOnlySpan<byte> EventTail(CustomerEvent written, Instant time, Instant received)
    {
        _payload.Clear();
        WriteTail(written, time, received);
        return _payload.Written;
    }

    /// <summary>Makes the record of an event of what <see cref="EventTail"/> gave.</summary>
    internal ReadOnlySpan<byte> Event(int profile, ReadOnlySpan<byte> tail)
    {
        _payload.Clear();
        _payload.Write(profile);
        _payload.WriteRaw(tail);
        return _payload.Written;
    }

    internal ReadOnlySpan<byte> Identifiers(int profile, Instant time, IReadOnlyList<Identifier> identifiers)
    {
        foreach (var identifier in identifiers)
        {
            _ = CodeOf(identifier.Kind.Name);
        }

        _payload.Clear();
        _payload.Write(profile);
        _payload.Write(time.UnixMs);
        _payload.WriteArrayHeader(identifiers.Count);
        foreach (var identifier in identifiers)
        {
            _payload.Write(identifier.Kind.Name);
            _payload.Write(identifier.Value);
        }

        return _payload.Written;
    }

    internal ReadOnlySpan<byte> Properties(int profile, Instant time, PropertyMap properties)
    {
        _payload.Clear();
        _payload.Write(profile);
        _payload.Write(time.UnixMs);
        WriteMap(properties);
        return _payload.Written;
    }

    internal ReadOnlySpan<byte> Consent(int profile, ConsentWrite written)
    {
        _payload.Clear();
        _payload.Write(profile);
        _payload.Write(written.Time!.Value.UnixMs);
        _payload.Write(CodeOf(written.Channel));
        _payload.Write((int)written.Status);
        _payload.Write(written.Method);
        return _payload.Written;
    }

    internal ReadOnlySpan<byte> List(int profile, ListWrite written)
    {
        _payload.Clear();
        _payload.Write(profile);
        _payload.Write(written.Time!.Value.UnixMs);
        _payload.Write(CodeOf(written.List));
        _payload.Write(written.Member);
        return _payload.Written;
    }

    internal ReadOnlySpan<byte> Relation(in RelationRecord relation)
    {
        _payload.Clear();
        _payload.Write(relation.Profile);
        _payload.Write(relation.TimeMs);
        _payload.Write(relation.Name);
        _payload.Write(relation.Other.Id.Value);
        _payload.Write(relation.Related);
        _payload.Write(relation.OtherTail);
        return _payload.Written;
    }

    internal ReadOnlySpan<byte> Merge(in MergeRecord merge)
    {
        _payload.Clear();
        _payload.Write(merge.Destination);
        _payload.Write(merge.Source.Value);
        _payload.WriteArrayHeader(merge.Tails.Length);
        foreach (var tail in merge.Tails)
        {
            _payload.Write(tail);
        }

        _payload.Write(merge.TimeMs);
        return _payload.Written;
    }

    internal ReadOnlySpan<byte> Definition(in DefinitionRecord definition)
    {
        _payload.Clear();
        _payload.Write(definition.Kind);
        _payload.Write(definition.Name);
        _payload.Write(definition.Text);
        _payload.Write(definition.At.UnixMs);
        return _payload.Written;
    }

    internal ReadOnlySpan<byte> Clock(Instant now)
    {
        _payload.Clear();
        _payload.Write(now.UnixMs);
        return _payload.Written;
    }

    internal ReadOnlySpan<byte> Erase(in EraseRecord erase)
    {
        _payload.Clear();
        _payload.Write(erase.Profile);
        _payload.Write(erase.TimeMs);
        _payload.Write(erase.IsWhole);
        _payload.WriteArrayHeader(2 * erase.Suppressed.Count);
        foreach (var hash in erase.Suppressed)
        {
            _payload.Write(unchecked((long)(ulong)(hash >> 64)));
            _payload.Write(unchecked((long)(ulong)hash));
        }

        return _payload.Written;
    }

    private void WriteTail(CustomerEvent written, Instant time, Instant received)
    {
        _payload.Write(CodeOf(written.Metric));
        _payload.Write(time.UnixMs);
        _payload.Write(received.UnixMs - time.UnixMs);
        _payload.Write(written.Backfill);
        _payload.Write(written.Value);
        _payload.Write(written.UniqueId);
        WriteMap(written.Properties);
    }

    private void WriteValue(in PropertyValue value)
    {
        switch (value.Kind)
        {
            case PropertyKind.Null:
                _payload.WriteNil();
                break;
            case PropertyKind.Boolean:
                _payload.Write(value.AsBoolean());
                break;
            case PropertyKind.Number:
                _payload.Write(value.AsNumber());
                break;
            case PropertyKind.String:
                _payload.Write(value.AsString());
                break;
            case PropertyKind.Instant:
                _payload.WriteExtension(InstantExtension, value.AsInstant().UnixMs);
                break;
            case PropertyKind.List:
                WriteList(value.AsList());
                break;
            case PropertyKind.Object:
                WriteMap(value.AsObject());
                break;
            default:
                throw new InvalidOperationException($"Unknown kind {value.Kind}.");
        }
    }

    private void WriteList(IReadOnlyList<PropertyValue> list)
    {
        _payload.WriteArrayHeader(list.Count);
        for (var i = 0; i < list.Count; i++)
        {
            WriteValue(list[i]);
        }
    }

    private void WriteMap(PropertyMap map)
    {
        _payload.WriteMapHeader(map.Count);
        foreach (ref readonly var item in map.AsSpan())
        {
            _payload.Write(CodeOf(item.Key));
            WriteValue(item.Value);
        }
    }
}
