using System.Runtime.CompilerServices;

namespace Klaviyo.Storage.Live;

/// <summary>An array that grows in pieces, so that no growth moves what is there.</summary>
/// <param name="empty">What stands where nothing was ever put.</param>
/// <threadsafety>
/// One writer at a time. Who reads meanwhile gets something that stood there once, or nothing, and has to find out by himself
/// whether it still holds.
/// </threadsafety>
internal sealed class Pieces<T>(T empty)
    where T : unmanaged
{
    private const int PieceBits = 12;
    private const int PieceSize = 1 << PieceBits;

    // Grows ahead of what is in it.
    private T[]?[] _pieces = [];

    /// <summary>Gets the bytes that it takes.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Gets the pieces that were ever written to, in order.</summary>
    internal IEnumerable<T[]> All => _pieces.OfType<T[]>();

    /// <summary>Gets an index behind all that was ever put.</summary>
    internal int End => _pieces.Length * PieceSize;

    internal T this[int index]
    {
        get
        {
            var (pieces, piece) = (_pieces, index >> PieceBits);
            return piece < pieces.Length && pieces[piece] is { } items ? items[index & (PieceSize - 1)] : empty;
        }
    }

    /// <summary>Gets the items from an index on to the end of the piece in which they stand; none where nothing was ever put into it.</summary>
    /// <param name="index">The first.</param>
    /// <param name="next">Where the next piece begins.</param>
    internal ReadOnlySpan<T> Stretch(int index, out int next)
    {
        var (pieces, piece) = (_pieces, index >> PieceBits);
        next = (piece + 1) << PieceBits;
        return piece < pieces.Length && pieces[piece] is { } items ? items.AsSpan(index & (PieceSize - 1)) : [];
    }

    /// <summary>Gets where an item stands, to be written to.</summary>
    internal ref T At(int index)
    {
        var piece = index >> PieceBits;
        if (piece >= _pieces.Length)
        {
            var grown = new T[]?[Math.Max(piece + 1, 2 * _pieces.Length)];
            _pieces.CopyTo(grown, 0);
            _pieces = grown;
        }

        if (_pieces[piece] is not { } items)
        {
            items = new T[PieceSize];
            items.AsSpan().Fill(empty);
            Bytes += PieceSize * Unsafe.SizeOf<T>();
            _pieces[piece] = items;
        }

        return ref items[index & (PieceSize - 1)];
    }
}
