using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Cold;

/// <summary>Tells of an identifier that it is surely not in a run.</summary>
/// <remarks>A filter in blocks of a cache line, as <see cref="UniqueIdFilter"/>; in pieces, because it is made anew with each run.</remarks>
internal sealed class IdentifierFilter
{
    private const int BlocksAPiece = 1 << 10;

    private readonly ulong[][] _pieces;
    private readonly uint _blocks;

    /// <summary>Initializes a filter for so many entries.</summary>
    internal IdentifierFilter(long entriesMax)
    {
        _blocks = (uint)((entriesMax / FilterBlock.Keys) + 1);
        _pieces = new ulong[(int)((_blocks + BlocksAPiece - 1) / BlocksAPiece)][];
        for (var piece = 0; piece < _pieces.Length; piece++)
        {
            _pieces[piece] = new ulong[(int)Math.Min(BlocksAPiece, _blocks - (piece * BlocksAPiece)) * FilterBlock.Words];
        }
    }

    internal long Bytes => (long)_blocks * FilterBlock.Words * sizeof(ulong);

    internal void Add(in IdentifierTable.Entry entry) => FilterBlock.Add(BlockOf(entry), KeyOf(entry));

    internal bool MayHold(in IdentifierTable.Entry entry) => FilterBlock.MayHold(BlockOf(entry), KeyOf(entry));

    // All of a run begin with the same eight bits; those behind them tell the block, and others the bits in it.
    private Span<ulong> BlockOf(in IdentifierTable.Entry entry)
    {
        var block = (int)((entry.High >> 24 & uint.MaxValue) * _blocks >> 32);
        return _pieces[block / BlocksAPiece].AsSpan(block % BlocksAPiece * FilterBlock.Words, FilterBlock.Words);
    }

    private static ulong KeyOf(in IdentifierTable.Entry entry) => (entry.High << 40) ^ (entry.Low >> 40);
}
