using System.Text;

namespace Klaviyo.Flows.Interpreter;

/// <summary>Reads what <see cref="ByteWriter"/> wrote. Anything else is an <see cref="InvalidDataException"/>.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>Gets whether nothing is left.</summary>
    internal readonly bool IsAtEnd => _at == _bytes.Length;

    /// <summary>Reads a byte.</summary>
    internal byte Byte() => _at < _bytes.Length ? _bytes[_at++] : throw Broken("ends too early");

    /// <summary>Reads a number that is not negative and fits an int.</summary>
    internal int Int()
    {
        var value = Unsigned();
        return value <= int.MaxValue ? (int)value : throw Broken("holds a number that is too large");
    }

    /// <summary>Reads a number that is not negative.</summary>
    internal long Unsigned()
    {
        var value = Raw();
        return value <= long.MaxValue ? (long)value : throw Broken("holds a number that is too large");
    }

    /// <summary>Reads any number.</summary>
    internal long Signed()
    {
        var value = Raw();
        return unchecked((long)(value >> 1) ^ -(long)(value & 1));
    }

    /// <summary>Reads an instant.</summary>
    internal Instant Instant() => InstantOf(Signed());

    /// <summary>Reads an instant that was written as the milliseconds since another.</summary>
    internal Instant InstantAfter(Instant start) => InstantOf(unchecked(start.UnixMs + Signed()));

    /// <summary>Reads a text.</summary>
    internal string Text()
    {
        var length = Int();
        if (length > _bytes.Length - _at)
        {
            throw Broken("ends too early");
        }

        var text = Encoding.UTF8.GetString(_bytes.Slice(_at, length));
        _at += length;
        return text;
    }

    /// <summary>Makes sure that nothing is left.</summary>
    internal readonly void ThrowUnlessEnd()
    {
        if (_at != _bytes.Length)
        {
            throw Broken("is longer than it should be");
        }
    }

    private static InvalidDataException Broken(string how) => new($"A flow record {how}.");

    private static Instant InstantOf(long ms)
    {
        return ms >= Klaviyo.Instant.MinValue.UnixMs && ms <= Klaviyo.Instant.MaxValue.UnixMs
            ? Klaviyo.Instant.FromUnixMs(ms)
            : throw Broken("holds an instant outside the years 1 to 9999");
    }

    private ulong Raw()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Broken("holds a number that is too long");
    }
}
