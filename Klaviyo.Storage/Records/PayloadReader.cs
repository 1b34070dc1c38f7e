using System.Buffers.Binary;
using System.Text;
using MessagePack;

namespace Klaviyo.Storage.Records;

/// <summary>Reads MessagePack from one piece of memory, token by token.</summary>
/// <remarks>
/// <para>MessagePack's own reader reads from a chain of buffers, which costs several times as much for each token. A payload is
/// always one piece, and what a filter asks for is mostly behind a few tokens that are passed over.</para>
/// <para>Whatever the bytes are, what comes of them is a value or an <see cref="InvalidDataException"/>, and nothing is made
/// that is larger than they are.</para>
/// </remarks>
internal ref struct PayloadReader
{
    private ReadOnlySpan<byte> _rest;

    internal PayloadReader(ReadOnlySpan<byte> payload) => _rest = payload;

    /// <summary>Gets whether nothing is left.</summary>
    internal readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Gets the kind of the next token.</summary>
    /// <exception cref="InvalidDataException">The payload ends here.</exception>
    internal readonly MessagePackType NextType => MessagePackCode.ToMessagePackType(Code);

    private readonly byte Code => _rest.Length > 0 ? _rest[0] : throw Malformed();

    internal bool TryReadNil()
    {
        var isNil = Code == MessagePackCode.Nil;
        _rest = _rest[(isNil ? 1 : 0)..];
        return isNil;
    }

    internal bool ReadBoolean()
    {
        var result = MessagePackPrimitives.TryReadBool(_rest, out var value, out var bytes);
        Advance(result, bytes);
        return value;
    }

    internal int ReadInt32()
    {
        var value = ReadInt64();
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Malformed();
    }

    /// <summary>Reads the number of a profile, or the code of a name.</summary>
    internal int ReadCode() => ReadInt32() is >= 0 and var code ? code : throw Malformed();

    internal long ReadInt64()
    {
        // Codes of names are small; that way there is no call for most tokens.
        if (Code <= MessagePackCode.MaxFixInt)
        {
            var small = _rest[0];
            _rest = _rest[1..];
            return small;
        }

        // MessagePack's own throws for what is beyond a long.
        if (Code == MessagePackCode.UInt64)
        {
            Advance(MessagePackPrimitives.TryReadUInt64(_rest, out var large, out var taken), taken);
            return large <= long.MaxValue ? (long)large : throw Malformed();
        }

        var result = MessagePackPrimitives.TryReadInt64(_rest, out var value, out var bytes);
        Advance(result, bytes);
        return value;
    }

    /// <summary>Reads an instant in milliseconds.</summary>
    internal long ReadTimeMs()
    {
        var timeMs = ReadInt64();
        return IsTime(timeMs) ? timeMs : throw Malformed();
    }

    /// <summary>Whether there is an instant of so many milliseconds.</summary>
    internal static bool IsTime(long timeMs) => timeMs >= Instant.MinValue.UnixMs && timeMs <= Instant.MaxValue.UnixMs;

    /// <summary>Reads a number, whole or not.</summary>
    internal double ReadNumber()
    {
        if (NextType == MessagePackType.Integer)
        {
            return ReadInt64();
        }

        var result = MessagePackPrimitives.TryReadDouble(_rest, out var value, out var bytes);
        Advance(result, bytes);
        return value;
    }

    internal int ReadArrayHeader()
    {
        var result = MessagePackPrimitives.TryReadArrayHeader(_rest, out var count, out var bytes);
        Advance(result, bytes);
        return count <= (uint)_rest.Length ? (int)count : throw Malformed();
    }

    internal int ReadMapHeader()
    {
        var result = MessagePackPrimitives.TryReadMapHeader(_rest, out var count, out var bytes);
        Advance(result, bytes);
        return count <= (uint)_rest.Length / 2 ? (int)count : throw Malformed();
    }

    /// <summary>Reads a string as it stands in the payload; nil is empty.</summary>
    internal ReadOnlySpan<byte> ReadUtf8()
    {
        if (TryReadNil())
        {
            return default;
        }

        var result = MessagePackPrimitives.TryReadStringHeader(_rest, out var length, out var bytes);
        Advance(result, bytes);
        return Take(length);
    }

    internal string ReadString() => Encoding.UTF8.GetString(ReadUtf8());

    /// <summary>Reads an instant in milliseconds that stands as a value: eight bytes in an extension of its own type.</summary>
    internal long ReadInstantValue() =>
        ReadExtension(RecordWriter.InstantExtension) is var timeMs && IsTime(timeMs) ? timeMs : throw Malformed();

    private long ReadExtension(sbyte type)
    {
        var result = MessagePackPrimitives.TryReadExtensionHeader(_rest, out var header, out var bytes);
        Advance(result, bytes);
        var value = Take(header.Length);
        return header.TypeCode == type && value.Length == sizeof(long)
            ? BinaryPrimitives.ReadInt64LittleEndian(value)
            : throw Malformed();
    }

    /// <summary>Passes over values, with all that is in them.</summary>
    internal void Skip(int count)
    {
        for (; count > 0; count--)
        {
            count += SkipToken();

            // Each is a byte at least.
            if (count - 1 > _rest.Length)
            {
                throw Malformed();
            }
        }
    }

    /// <summary>Reads a value as it stands in the payload, with all that is in it.</summary>
    internal ReadOnlySpan<byte> ReadRaw()
    {
        var from = _rest;
        Skip(1);
        return from[..(from.Length - _rest.Length)];
    }

    /// <summary>Passes over one token.</summary>
    /// <returns>How many values stand in it.</returns>
    private int SkipToken()
    {
        var code = Code;
        if (code is <= MessagePackCode.MaxFixInt or >= MessagePackCode.MinNegativeFixInt)
        {
            _ = Take(1);
            return 0;
        }

        switch (NextType)
        {
            case MessagePackType.Array:
                return ReadArrayHeader();
            case MessagePackType.Map:
                return 2 * ReadMapHeader();
            case MessagePackType.String:
                _ = ReadUtf8();
                return 0;
            case MessagePackType.Extension:
                Advance(MessagePackPrimitives.TryReadExtensionHeader(_rest, out var header, out var bytes), bytes);
                _ = Take(header.Length);
                return 0;
            default:
                _ = Take(ScalarBytes(code));
                return 0;
        }
    }

    private static uint ScalarBytes(byte code)
    {
        return code switch
        {
            MessagePackCode.Nil or MessagePackCode.True or MessagePackCode.False => 1,
            MessagePackCode.UInt8 or MessagePackCode.Int8 => 2,
            MessagePackCode.UInt16 or MessagePackCode.Int16 => 3,
            MessagePackCode.UInt32 or MessagePackCode.Int32 or MessagePackCode.Float32 => 5,
            MessagePackCode.UInt64 or MessagePackCode.Int64 or MessagePackCode.Float64 => 9,
            _ => throw Malformed(),
        };
    }

    private ReadOnlySpan<byte> Take(uint bytes)
    {
        if (bytes > (uint)_rest.Length)
        {
            throw Malformed();
        }

        var taken = _rest[..(int)bytes];
        _rest = _rest[(int)bytes..];
        return taken;
    }

    private void Advance(MessagePackPrimitives.DecodeResult result, int bytes)
    {
        if (result != MessagePackPrimitives.DecodeResult.Success)
        {
            throw Malformed();
        }

        _rest = _rest[bytes..];
    }

    // A payload is checked before it is read, so this is a bug of ours, or of another version.
    internal static InvalidDataException Malformed() => new("A record holds something else than was expected.");
}
