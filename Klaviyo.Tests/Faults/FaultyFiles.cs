using Klaviyo.Storage.Files;

namespace Klaviyo.Tests.Faults;

/// <summary>A call to the disk that can be made to fail.</summary>
public enum FileCall
{
    Open,
    Create,
    Length,
    Read,
    Write,
    Sync,
    SetLength,
    Rename,
    SyncDirectory,
}

/// <summary>How it fails.</summary>
public enum FaultKind
{
    /// <summary>Nothing happens and an error is reported.</summary>
    Error,

    /// <summary>It happens by half and an error is reported.</summary>
    Half,

    /// <summary>Nothing happens and success is reported.</summary>
    Lie,

    /// <summary>Nothing happens, and an error is reported only when the test says so.</summary>
    Hang,
}

/// <summary>An error of a disk, as a test asked for it.</summary>
internal sealed class InjectedFaultException(string what) : IOException(what);

/// <summary>Which call fails: the n-th of its kind on files whose names begin so, once or from then on.</summary>
public sealed record FaultPlan(
    FileCall Call, string Name, int Nth, bool ForEver = false, FaultKind Kind = FaultKind.Error)
{
    private int _calls;
    private int _callsAfter;

    internal bool HasStruck { get; private set; }

    /// <summary>Gets how many calls of the kind came after the one that failed.</summary>
    internal int CallsAfter => Volatile.Read(ref _callsAfter);

    internal ManualResetEventSlim Hanging { get; } = new();

    internal ManualResetEventSlim Release { get; } = new();

    internal bool Strikes(FileCall call, string name)
    {
        if (call != Call || !name.StartsWith(Name, StringComparison.Ordinal))
        {
            return false;
        }

        var number = Interlocked.Increment(ref _calls);
        if (number > Nth)
        {
            Interlocked.Increment(ref _callsAfter);
        }

        var strikes = number == Nth || (ForEver && number > Nth);
        HasStruck |= strikes;
        return strikes;
    }
}

/// <summary>A disk on which one planned call fails.</summary>
internal sealed class FaultyFiles(IStorageFiles files, FaultPlan plan) : IStorageFiles
{
    internal FaultPlan Plan => plan;

    public string Path => files.Path;

    public IStorageFile Open(string name, bool create = false, bool synced = false)
    {
        ThrowIfPlanned(create && !files.Exists(name) ? FileCall.Create : FileCall.Open, name);
        return new FaultyFile(files.Open(name, create, synced), this);
    }

    public bool Exists(string name) => files.Exists(name);

    public IReadOnlyList<string> List() => files.List();

    public void Delete(string name) => files.Delete(name);

    public void Rename(string from, string to)
    {
        ThrowIfPlanned(FileCall.Rename, from);
        files.Rename(from, to);
    }

    public void SyncDirectory(string folder)
    {
        ThrowIfPlanned(FileCall.SyncDirectory, folder);
        files.SyncDirectory(folder);
    }

    public IDisposable? TryLock(string name) => files.TryLock(name);

    private void ThrowIfPlanned(FileCall call, string name)
    {
        if (plan.Strikes(call, name))
        {
            throw new InjectedFaultException($"{call} of {name} fails.");
        }
    }

    private sealed class FaultyFile(IStorageFile file, FaultyFiles disk) : IStorageFile
    {
        public string Name => file.Name;

        public long Length
        {
            get
            {
                disk.ThrowIfPlanned(FileCall.Length, Name);
                return file.Length;
            }
        }

        public void Read(long offset, Span<byte> into)
        {
            disk.ThrowIfPlanned(FileCall.Read, Name);
            file.Read(offset, into);
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            if (!disk.Plan.Strikes(FileCall.Write, Name))
            {
                file.Write(offset, bytes);
                return;
            }

            if (disk.Plan.Kind == FaultKind.Hang)
            {
                disk.Plan.Hanging.Set();
                disk.Plan.Release.Wait();
            }

            if (disk.Plan.Kind == FaultKind.Half)
            {
                file.Write(offset, bytes[..(bytes.Length / 2)]);
            }

            if (disk.Plan.Kind != FaultKind.Lie)
            {
                throw new InjectedFaultException($"Write of {Name} at {offset} fails.");
            }
        }

        public void Sync()
        {
            disk.ThrowIfPlanned(FileCall.Sync, Name);
            file.Sync();
        }

        public void SetLength(long length)
        {
            disk.ThrowIfPlanned(FileCall.SetLength, Name);
            file.SetLength(length);
        }

        public void Dispose() => file.Dispose();
    }
}
