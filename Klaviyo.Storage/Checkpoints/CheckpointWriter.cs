using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;

namespace Klaviyo.Storage.Checkpoints;

/// <summary>Writes a checkpoint under its temporary name, frame by frame.</summary>
internal sealed class CheckpointWriter : IDisposable
{
    // Synced all at once, hundreds of megabytes would hold up the commits beside them.
    private const int PieceBytes = 4 << 20;

    private readonly IStorageFile _file;
    private long _offset;
    private uint _before = CheckpointFile.FirstCrc;

    /// <summary>Opens the temporary file, empty.</summary>
    internal CheckpointWriter(IStorageFiles files, int lanes)
    {
        _file = files.Open(CheckpointFile.TemporaryName, create: true);
        try
        {
            _file.SetLength(0);
            _offset = CheckpointFile.FramesOffset(lanes);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Writes the next frame. No gate is held.</summary>
    internal void Write(in Frame frame)
    {
        Span<byte> header = stackalloc byte[CheckpointFile.FrameHeaderBytes];
        _before = CheckpointFile.WriteFrameHeader(header, frame, _before);
        _file.Write(_offset, header);
        _file.Write(_offset + header.Length, frame.Payload.Span);
        var end = _offset + header.Length + frame.Payload.Length;
        if (_offset / PieceBytes != end / PieceBytes)
        {
            _file.Sync();
        }

        _offset = end;
    }

    /// <summary>Writes the last frame and the header, and makes all of it durable.</summary>
    internal void End(Guid storeId, LogCut cut)
    {
        Write(new Frame(FrameKind.End, 0, default));
        _file.Write(0, CheckpointFile.Header(storeId, cut, _before));
        _file.Sync();
    }

    public void Dispose() => _file.Dispose();
}
