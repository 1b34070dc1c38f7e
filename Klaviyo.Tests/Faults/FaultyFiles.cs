using Klaviyo.Storage.Files;

namespace Klaviyo.Tests.Faults;

/// <summary>A disk on which one planned call fails.</summary>
internal sealed class FaultyFiles(IStorageFiles files, FaultPlan plan) : IStorageFiles
{
    private const int SlowMs = 50;

    internal FaultPlan Plan => plan;

    public string Path => files.Path;

    public IStorageFile Open(string name, bool create = false)
    {
        return Do(
            create && !files.Exists(name) ? FileCall.Create : FileCall.Open,
            name,
            () => new FaultyFile(files.Open(name, create), this));
    }

    public bool Exists(string name) => files.Exists(name);

    public IReadOnlyList<string> List() => Do(FileCall.List, "", files.List);

    public void Delete(string name) => Do(FileCall.Delete, name, () => files.Delete(name));

    public void Rename(string from, string to) => Do(FileCall.Rename, from, () => files.Rename(from, to));

    public void SyncDirectory(string folder) => Do(FileCall.SyncDirectory, folder, () => files.SyncDirectory(folder));

    public IDisposable? TryLock(string name) => Do(FileCall.Lock, name, () => files.TryLock(name));

    /// <summary>Makes a call, or does what the plan says instead. <paramref name="otherwise"/> is what it lies about.</summary>
    internal void Do(FileCall call, string name, Action real, Action? otherwise = null)
    {
        if (!plan.Strikes(call, name))
        {
            real();
            return;
        }

        switch (plan.Kind)
        {
            case FaultKind.Slow or FaultKind.Pause or FaultKind.Hang:
                Wait(call, name);
                real();
                break;
            case FaultKind.Lie or FaultKind.Misdirected:
                otherwise?.Invoke();
                break;
            case FaultKind.Half:
                otherwise?.Invoke();
                throw new InjectedFaultException($"{call} of {name} fails half done.");
            case FaultKind.Bug:
                throw new InvalidOperationException($"{call} of {name} fails.");
            case FaultKind.Full:
                throw new InjectedFaultException($"No space left on device: {call} of {name}.");
            default:
                throw new InjectedFaultException($"{call} of {name} fails.");
        }
    }

    // What gives something cannot be left out, so it fails or waits.
    private T Do<T>(FileCall call, string name, Func<T> real)
    {
        T? result = default;
        Do(call, name, () => result = real(), () => result = real());
        return result!;
    }

    private void Wait(FileCall call, string name)
    {
        if (plan.Kind == FaultKind.Slow)
        {
            plan.Release.Wait(SlowMs);
            return;
        }

        plan.Hanging.Set();
        plan.Release.Wait();
        if (plan.Kind == FaultKind.Hang)
        {
            throw new InjectedFaultException($"{call} of {name} fails at last.");
        }
    }

    private sealed class FaultyFile(IStorageFile file, FaultyFiles disk) : IStorageFile
    {
        public string Name => file.Name;

        public long Length => disk.Do(FileCall.Length, Name, () => file.Length);

        public void Read(long offset, Span<byte> into)
        {
            // A span cannot be kept by a delegate.
            var bytes = new byte[into.Length];
            disk.Do(FileCall.Read, Name, () => file.Read(offset, bytes), () => ReadWrongly(offset, bytes));
            bytes.CopyTo(into);
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            var copy = bytes.ToArray();
            disk.Do(FileCall.Write, Name, () => file.Write(offset, copy), () => WriteWrongly(offset, copy));
        }

        public void Sync() => disk.Do(FileCall.Sync, Name, file.Sync);

        public void SetLength(long length) => disk.Do(FileCall.SetLength, Name, () => file.SetLength(length));

        public void Dispose() => file.Dispose();

        private static long Elsewhere(long offset) => offset ^ SimulatedFiles.SectorBytes;

        private void ReadWrongly(long offset, byte[] into)
        {
            switch (disk.Plan.Kind)
            {
                case FaultKind.Half:
                    throw new EndOfStreamException($"{Name} ends before {offset + into.Length}.");
                case FaultKind.Misdirected:
                    var count = Math.Clamp(file.Length - Elsewhere(offset), 0, into.Length);
                    file.Read(Elsewhere(offset), into.AsSpan(0, (int)count));
                    break;
            }
        }

        private void WriteWrongly(long offset, byte[] bytes)
        {
            switch (disk.Plan.Kind)
            {
                case FaultKind.Half:
                    file.Write(offset, bytes.AsSpan(0, bytes.Length / 2));
                    break;
                case FaultKind.Misdirected:
                    file.Write(Elsewhere(offset), bytes);
                    break;
            }
        }
    }
}
