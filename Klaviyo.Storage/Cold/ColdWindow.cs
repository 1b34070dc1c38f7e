namespace Klaviyo.Storage.Cold;

/// <summary>Reads a cold file from its beginning to its end in large pieces: there may be millions of records.</summary>
internal sealed class ColdWindow(ColdFile file)
{
    private const int PieceBytes = 64 << 10;

    private byte[] _piece = [];
    private long _start;
    private int _length;

    /// <summary>Gets some bytes, none of them before those of an earlier call.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="found">The bytes, until the next call.</param>
    /// <returns><see langword="false"/> where the file ends before them.</returns>
    internal bool TryGet(long offset, int bytes, out ReadOnlySpan<byte> found)
    {
        found = default;
        if (offset + bytes > file.Length)
        {
            return false;
        }

        if (offset + bytes > _start + _length)
        {
            Move(offset, bytes);
        }

        found = _piece.AsSpan((int)(offset - _start), bytes);
        return true;
    }

    private void Move(long offset, int bytes)
    {
        if (_piece.Length < Math.Max(bytes, PieceBytes))
        {
            _piece = GC.AllocateUninitializedArray<byte>(Math.Max(bytes, PieceBytes));
        }

        (_start, _length) = (offset, (int)Math.Min(_piece.Length, file.Length - offset));
        file.Content.Read(_start, _piece.AsSpan(0, _length));
    }
}
