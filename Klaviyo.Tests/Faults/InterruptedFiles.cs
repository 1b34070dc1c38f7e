using Klaviyo.Storage.Checkpoints;
using Klaviyo.Storage.Files;

namespace Klaviyo.Tests.Faults;

/// <summary>A disk that calls somebody before every write to one file, so that things happen between two writes.</summary>
internal sealed class InterruptedFiles(IStorageFiles files, string interrupted) : IStorageFiles
{
    /// <summary>Gets or sets what happens in between.</summary>
    internal Action BeforeWrite { get; set; } = () => { };

    /// <summary>Gets whether what is written of a checkpoint is as of its cut.</summary>
    internal bool IsBehindCut { get; private set; }

    public string Path => files.Path;

    public IStorageFile Open(string name, bool create = false)
    {
        var file = files.Open(name, create);
        return name == interrupted ? new InterruptedFile(this, file) : file;
    }

    public bool Exists(string name) => files.Exists(name);

    public IReadOnlyList<string> List() => files.List();

    public void Delete(string name) => files.Delete(name);

    public void Rename(string from, string to) => files.Rename(from, to);

    public void SyncDirectory(string folder) => files.SyncDirectory(folder);

    public IDisposable? TryLock(string name) => files.TryLock(name);

    private sealed class InterruptedFile(InterruptedFiles owner, IStorageFile file) : IStorageFile
    {
        public string Name => file.Name;

        public long Length => file.Length;

        public void Read(long offset, Span<byte> into) => file.Read(offset, into);

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            const int FrameHeaderBytes = 12;
            owner.IsBehindCut |= bytes.Length == FrameHeaderBytes && bytes[8] == (byte)FrameKind.ColdFiles;
            owner.BeforeWrite();
            file.Write(offset, bytes);
        }

        public void Sync() => file.Sync();

        public void SetLength(long length)
        {
            owner.IsBehindCut = false;
            file.SetLength(length);
        }

        public void Dispose() => file.Dispose();
    }
}
