using System.Buffers;
using Klaviyo.Storage.Index;
using MessagePack;

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
    private const sbyte InstantExtension = 1;
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);

    /// <summary>Gets the code of a name, and announces it where it is new.</summary>
    internal int CodeOf(string name)
    {
        if (!names.TryGetCode(name, out var code))
        {
            announce(name);
            _ = names.TryGetCode(name, out code);
        }

        return code;
    }

    internal ReadOnlySpan<byte> Event(int profile, CustomerEvent written, Instant received)
    {
        var time = written.Time!.Value.UnixMs;
        var writer = Begin();
        writer.Write(profile);
        writer.Write(CodeOf(written.Metric));
        writer.Write(time);
        writer.Write(received.UnixMs - time);
        writer.Write(written.Backfill);
        WriteNumberOrNil(ref writer, written.Value);
        writer.Write(written.UniqueId);
        WriteMap(ref writer, written.Properties);
        return End(ref writer);
    }

    internal ReadOnlySpan<byte> Identifiers(int profile, Instant time, IReadOnlyList<Identifier> identifiers)
    {
        foreach (var identifier in identifiers)
        {
            _ = CodeOf(identifier.Kind.Name);
        }

        var writer = Begin();
        writer.Write(profile);
        writer.Write(time.UnixMs);
        writer.WriteArrayHeader(identifiers.Count);
        foreach (var identifier in identifiers)
        {
            writer.Write(identifier.Kind.Name);
            writer.Write(identifier.Value);
        }

        return End(ref writer);
    }

    internal ReadOnlySpan<byte> Properties(int profile, Instant time, PropertyMap properties)
    {
        var writer = Begin();
        writer.Write(profile);
        writer.Write(time.UnixMs);
        WriteMap(ref writer, properties);
        return End(ref writer);
    }

    internal ReadOnlySpan<byte> Consent(int profile, ConsentWrite written)
    {
        var writer = Begin();
        writer.Write(profile);
        writer.Write(written.Time!.Value.UnixMs);
        writer.Write(CodeOf(written.Channel));
        writer.Write((int)written.Status);
        writer.Write(written.Method);
        return End(ref writer);
    }

    internal ReadOnlySpan<byte> List(int profile, ListWrite written)
    {
        var writer = Begin();
        writer.Write(profile);
        writer.Write(written.Time!.Value.UnixMs);
        writer.Write(CodeOf(written.List));
        writer.Write(written.Member);
        return End(ref writer);
    }

    internal ReadOnlySpan<byte> Relation(in RelationRecord relation)
    {
        var writer = Begin();
        writer.Write(relation.Profile);
        writer.Write(relation.TimeMs);
        writer.Write(relation.Name);
        writer.Write(relation.Other.Id.Value);
        writer.Write(relation.Related);
        writer.Write(relation.OtherTail);
        return End(ref writer);
    }

    internal ReadOnlySpan<byte> Merge(in MergeRecord merge)
    {
        var writer = Begin();
        writer.Write(merge.Destination);
        writer.Write(merge.Source.Value);
        writer.WriteArrayHeader(merge.Tails.Length);
        foreach (var tail in merge.Tails)
        {
            writer.Write(tail);
        }

        writer.Write(merge.TimeMs);
        return End(ref writer);
    }

    internal ReadOnlySpan<byte> Definition(in DefinitionRecord definition)
    {
        var writer = Begin();
        writer.Write(definition.Kind);
        writer.Write(definition.Name);
        writer.Write(definition.Text);
        writer.Write(definition.At.UnixMs);
        return End(ref writer);
    }

    /// <summary>Writes a value.</summary>
    internal void WriteValue(ref MessagePackWriter writer, in PropertyValue value)
    {
        switch (value.Kind)
        {
            case PropertyKind.Null:
                writer.WriteNil();
                break;
            case PropertyKind.Boolean:
                writer.Write(value.AsBoolean());
                break;
            case PropertyKind.Number:
                WriteNumber(ref writer, value.AsNumber());
                break;
            case PropertyKind.String:
                writer.Write(value.AsString());
                break;
            case PropertyKind.Instant:
                writer.WriteExtensionFormatHeader(new ExtensionHeader(InstantExtension, sizeof(long)));
                writer.WriteRaw(BitConverter.GetBytes(value.AsInstant().UnixMs));
                break;
            case PropertyKind.List:
                WriteList(ref writer, value.AsList());
                break;
            case PropertyKind.Object:
                WriteMap(ref writer, value.AsObject());
                break;
            default:
                throw new InvalidOperationException($"Unknown kind {value.Kind}.");
        }
    }

    private static void WriteNumberOrNil(ref MessagePackWriter writer, double? value)
    {
        if (value is { } number)
        {
            WriteNumber(ref writer, number);
        }
        else
        {
            writer.WriteNil();
        }
    }

    /// <summary>The shortest form that reads back to the same double.</summary>
    private static void WriteNumber(ref MessagePackWriter writer, double value)
    {
        var whole = (long)Math.Clamp(value, -1e15, 1e15);
        if (whole == value && (whole != 0 || !double.IsNegative(value)))
        {
            writer.Write(whole);
        }
        else if ((float)value == value)
        {
            writer.Write((float)value);
        }
        else
        {
            writer.Write(value);
        }
    }

    private void WriteList(ref MessagePackWriter writer, IReadOnlyList<PropertyValue> list)
    {
        writer.WriteArrayHeader(list.Count);
        for (var i = 0; i < list.Count; i++)
        {
            WriteValue(ref writer, list[i]);
        }
    }

    private void WriteMap(ref MessagePackWriter writer, PropertyMap map)
    {
        writer.WriteMapHeader(map.Count);
        foreach (ref readonly var item in map.AsSpan())
        {
            writer.Write(CodeOf(item.Key));
            WriteValue(ref writer, item.Value);
        }
    }

    private MessagePackWriter Begin()
    {
        _buffer.ResetWrittenCount();
        return new MessagePackWriter(_buffer);
    }

    private ReadOnlySpan<byte> End(scoped ref MessagePackWriter writer)
    {
        writer.Flush();
        return _buffer.WrittenSpan;
    }
}
