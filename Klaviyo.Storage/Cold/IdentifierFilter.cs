using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Cold;

/// <summary>Tells of an identifier that it is surely not in a run.</summary>
/// <remarks>A filter in blocks of a cache line, as <see cref="UniqueIdFilter"/>; in pieces, because it is made anew with each run.</remarks>
internal sealed class IdentifierFilter
{
    private const int WordsABlock = 8;
    private const int KeysABlock = 42;
    private const int BlocksAPiece = 1 << 10;

    private readonly ulong[][] _pieces;
    private readonly uint _blocks;

    /// <summary>Initializes a filter for so many entries.</summary>
    internal IdentifierFilter(long entriesMax)
    {
        _blocks = (uint)((entriesMax / KeysABlock) + 1);
        _pieces = new ulong[(int)((_blocks + BlocksAPiece - 1) / BlocksAPiece)][];
        for (var piece = 0; piece < _pieces.Length; piece++)
        {
            _pieces[piece] = new ulong[(int)Math.Min(BlocksAPiece, _blocks - (piece * BlocksAPiece)) * WordsABlock];
        }
    }

    internal long Bytes => (long)_blocks * WordsABlock * sizeof(ulong);

    internal void Add(in IdentifierTable.Entry entry)
    {
        var block = BlockOf(entry);
        var bits = BitsOf(entry);
        for (var i = 0; i < 6; i++)
        {
            var bit = (int)(bits >> (i * 9) & 511);
            block[bit >> 6] |= 1UL << (bit & 63);
        }
    }

    internal bool MayHold(in IdentifierTable.Entry entry)
    {
        var block = BlockOf(entry);
        var (bits, held) = (BitsOf(entry), 1UL);
        for (var i = 0; i < 6; i++)
        {
            var bit = (int)(bits >> (i * 9) & 511);
            held &= block[bit >> 6] >> (bit & 63);
        }

        return held != 0;
    }

    // All of a run begin with the same eight bits; those behind them tell the block, and others the bits in it.
    private Span<ulong> BlockOf(in IdentifierTable.Entry entry)
    {
        var block = (int)((entry.High >> 24 & uint.MaxValue) * _blocks >> 32);
        return _pieces[block / BlocksAPiece].AsSpan(block % BlocksAPiece * WordsABlock, WordsABlock);
    }

    private static ulong BitsOf(in IdentifierTable.Entry entry) =>
        unchecked(((entry.High << 40) ^ (entry.Low >> 40)) * 0x9E3779B97F4A7C15UL) >> 10;
}
