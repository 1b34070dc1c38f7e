using System.Diagnostics;

namespace Klaviyo.Flows.Interpreter;

/// <summary>Goes through a record and makes what it must no longer say zero, in as many bytes.</summary>
internal ref struct RecordBlank(Span<byte> record, int start)
{
    private readonly Span<byte> _record = record;
    private int _place = start;

    /// <summary>Gets whether the record ends here.</summary>
    internal readonly bool IsAtEnd => _place == _record.Length;

    /// <summary>Passes over a byte.</summary>
    internal byte Byte() => _record[_place++];

    /// <summary>Passes over numbers.</summary>
    internal void Skip(int numbers)
    {
        for (; numbers > 0; numbers--)
        {
            while (_record[_place++] >= 0x80)
            {
            }
        }
    }

    /// <summary>Makes a number zero: it may be written with more groups of seven bits than it needs.</summary>
    internal void Number()
    {
        for (; _record[_place] >= 0x80; _place++)
        {
            _record[_place] = 0x80;
        }

        _record[_place++] = 0;
    }

    /// <summary>Makes a byte zero.</summary>
    internal void Zero() => _record[_place++] = 0;

    /// <summary>Makes a text blanks.</summary>
    internal void Text() => Take().Fill((byte)' ');

    /// <summary>Makes a JSON object an empty one, with blanks before it.</summary>
    internal void Object()
    {
        var text = Take();
        Debug.Assert(text.Length >= 2, "The shortest object is two bytes long.");
        text.Fill((byte)' ');
        "{}"u8.CopyTo(text[^2..]);
    }

    private Span<byte> Take()
    {
        var bytes = new ByteReader(_record[_place..]).Int();
        Skip(1);
        _place += bytes;
        return _record.Slice(_place - bytes, bytes);
    }
}
