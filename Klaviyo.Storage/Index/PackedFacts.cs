using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Klaviyo.Storage.Index;

/// <summary>The facts of one profile, one behind the other in the order of <see cref="Fact.IsBefore"/>.</summary>
/// <remarks>
/// A fact: kind 1 byte, length of the rest (varint), name (varint), time 8 (not for identifiers), address 5 (in words of 4),
/// body. There are few for a profile, so a question walks over them: some nanoseconds each.
/// </remarks>
internal readonly ref struct PackedFacts(ReadOnlySpan<byte> bytes)
{
    internal const int HeaderBytesMax = 1 + 5 + 5 + sizeof(long) + AddressBytes;
    private const int AddressBytes = 5;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    internal bool IsEmpty => _bytes.IsEmpty;

    /// <summary>Gets how many bytes they take.</summary>
    internal int Bytes => _bytes.Length;

    /// <summary>Writes a fact.</summary>
    /// <param name="into">At least <see cref="HeaderBytesMax"/> and the body long.</param>
    /// <param name="fact">The fact.</param>
    /// <returns>How many bytes it takes.</returns>
    internal static int Write(Span<byte> into, in Fact fact)
    {
        Span<byte> head = stackalloc byte[HeaderBytesMax];
        var count = WriteVarint(head, (uint)fact.Name);
        if (fact.Kind != FactKind.Identifier)
        {
            BinaryPrimitives.WriteInt64LittleEndian(head[count..], fact.TimeMs);
            count += sizeof(long);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(head[count..], (uint)((fact.Address >> 2) & uint.MaxValue));
        head[count + 4] = (byte)(fact.Address >> 34);
        count += AddressBytes;

        into[0] = (byte)fact.Kind;
        var place = 1 + WriteVarint(into[1..], (uint)(count + fact.Body.Length));
        head[..count].CopyTo(into[place..]);
        fact.Body.CopyTo(into[(place + count)..]);
        return place + count + fact.Body.Length;
    }

    /// <summary>Makes sure that what comes from a checkpoint can be walked over and read.</summary>
    /// <exception cref="InvalidDataException">It cannot.</exception>
    internal void Check(NameTable names)
    {
        var last = (FactKind)0;
        for (var place = 0; place < _bytes.Length;)
        {
            var kind = (FactKind)_bytes[place++];
            var size = CheckedVarint(ref place);
            if (kind < last || !Enum.IsDefined(kind) || size > (uint)(_bytes.Length - place))
            {
                throw new InvalidDataException("What a profile knows cannot be walked over.");
            }

            Check(kind, place, place + (int)size, names);
            (last, place) = (kind, place + (int)size);
        }
    }

    /// <summary>Finds where a fact belongs: behind all that do not come after it.</summary>
    internal int PlaceOf(in Fact fact)
    {
        var facts = GetEnumerator();
        while (facts.MoveNext())
        {
            if (fact.IsBefore(facts.Current))
            {
                return facts.Start;
            }
        }

        return _bytes.Length;
    }

    /// <summary>Gets the facts of one kind, in order.</summary>
    internal Enumerator Of(FactKind kind) => new(_bytes, kind, AnyName);

    /// <summary>Gets the facts of one kind and name, in order.</summary>
    internal Enumerator Of(FactKind kind, int name) => new(_bytes, kind, name);

    /// <summary>Gets all facts.</summary>
    public Enumerator GetEnumerator() => new(_bytes, 0, AnyName);

    private const int AnyName = -1;

    private void Check(FactKind kind, int place, int end, NameTable names)
    {
        _ = names.Known((int)CheckedVarint(ref place));
        var head = AddressBytes + (kind == FactKind.Identifier ? 0 : sizeof(long));
        if (place + head > end)
        {
            throw new InvalidDataException("A fact ends too early.");
        }

        var timeMs = kind == FactKind.Identifier ? 0 : BinaryPrimitives.ReadInt64LittleEndian(_bytes[place..]);
        if (!new Fact(kind, 0, timeMs, 0, _bytes[(place + head)..end]).CanBeRead(names))
        {
            throw new InvalidDataException("A fact makes no sense.");
        }
    }

    // At most five groups of seven bits, and never behind the end.
    private uint CheckedVarint(ref int place)
    {
        var value = 0UL;
        for (var shift = 0; shift < 35 && place < _bytes.Length; shift += 7)
        {
            uint next = _bytes[place++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80 && value <= int.MaxValue)
            {
                return (uint)value;
            }
        }

        throw new InvalidDataException("A number is too long.");
    }

    private static int WriteVarint(Span<byte> into, uint value)
    {
        var count = 0;
        for (; value >= 0x80; value >>= 7)
        {
            into[count++] = (byte)((value & 0x7F) | 0x80);
        }

        into[count++] = (byte)value;
        return count;
    }

    /// <summary>Walks over facts.</summary>
    internal ref struct Enumerator(ReadOnlySpan<byte> bytes, FactKind kind, int name)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _next;

        /// <summary>Gets the current fact.</summary>
        public Fact Current { get; private set; }

        /// <summary>Gets where the current fact starts.</summary>
        internal int Start { get; private set; }

        public readonly Enumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            while (_next < _bytes.Length)
            {
                var found = (FactKind)_bytes[_next];
                if (kind != 0 && found > kind)
                {
                    return false;
                }

                Start = _next;
                var place = _next + 1;
                var size = (int)ReadVarint(ref place);
                _next = place + size;
                if ((kind == 0 || found == kind) && Take(found, place, size))
                {
                    return true;
                }
            }

            return false;
        }

        private bool Take(FactKind found, int place, int size)
        {
            var end = place + size;
            var code = (int)ReadVarint(ref place);
            if (name != AnyName && code != name)
            {
                return false;
            }

            var timeMs = Instant.MinValue.UnixMs;
            if (found != FactKind.Identifier)
            {
                timeMs = BinaryPrimitives.ReadInt64LittleEndian(_bytes[place..]);
                place += sizeof(long);
            }

            var low = BinaryPrimitives.ReadUInt32LittleEndian(_bytes[place..]);
            var address = (((long)_bytes[place + 4] << 32) | low) << 2;
            Current = new Fact(found, code, timeMs, address, _bytes[(place + AddressBytes)..end]);
            return true;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly uint ReadVarint(ref int place)
        {
            uint value = _bytes[place++];
            if (value < 0x80)
            {
                return value;
            }

            value &= 0x7F;
            for (var shift = 7; ; shift += 7)
            {
                uint next = _bytes[place++];
                value |= (next & 0x7F) << shift;
                if (next < 0x80)
                {
                    return value;
                }
            }
        }
    }
}
