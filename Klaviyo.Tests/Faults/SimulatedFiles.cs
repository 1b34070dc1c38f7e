using Klaviyo.Storage.Files;

namespace Klaviyo.Tests.Faults;

/// <summary>Thrown by every call to a simulated disk from the moment on that its power is cut.</summary>
internal sealed class PowerCutException() : IOException("The power is cut.");

/// <summary>A disk in memory whose power can be cut at any step, reproducibly.</summary>
/// <remarks>
/// <para>The fault model. A step is a call that changes the disk. The power goes during step <see cref="CutAtStep"/>;
/// what a disk then holds is given by <see cref="AfterPowerCut"/>:</para>
/// <list type="bullet">
/// <item>A write is durable when its file was opened synced and the call has returned, or when Sync has
/// returned.</item>
/// <item>Every other write, the one under way included, is by its own lot kept, dropped, torn (each 512-byte sector is
/// old or new) or garbled (each sector is old, new, or random in the bytes that the write changes). Later writes may
/// be kept where earlier ones are not. A byte that a write does not change is never damaged by it.</item>
/// <item>Creating, renaming, deleting a file, and creating a folder, each is kept or undone by its own lot, unless
/// SyncDirectory of the folder has returned. A rename is never half done.</item>
/// </list>
/// </remarks>
internal sealed class SimulatedFiles : IStorageFiles
{
    internal const int SectorBytes = 512;

    private readonly Lock _gate = new();
    private readonly Random _random;
    private readonly int _seed;
    private readonly SimulatedNames _names;
    private readonly HashSet<string> _locks = [];

    internal SimulatedFiles(int seed)
        : this(seed, new SimulatedNames())
    {
    }

    private SimulatedFiles(int seed, SimulatedNames names)
    {
        _seed = seed;
        _random = new Random(seed);
        _names = names;
    }

    public string Path => "simulated";

    internal long Steps { get; private set; }

    internal long CutAtStep { get; set; } = long.MaxValue;

    internal bool IsCut => Steps >= CutAtStep;

    /// <summary>Gets the bytes of a file as they are now, to damage them.</summary>
    internal byte[] this[string name]
    {
        get => _names[name].Bytes;
        set => _names[name].Replace(value);
    }

    public IStorageFile Open(string name, bool create = false)
    {
        lock (_gate)
        {
            ThrowIfCut();
            if (!_names.Contains(name))
            {
                if (!create)
                {
                    throw new FileNotFoundException("No such file.", name);
                }

                Step(() => _names.Create(name, new SimulatedContent()));
            }

            return new OpenFile(this, name, _names[name]);
        }
    }

    public bool Exists(string name)
    {
        lock (_gate)
        {
            ThrowIfCut();
            return _names.Contains(name);
        }
    }

    public IReadOnlyList<string> List()
    {
        lock (_gate)
        {
            ThrowIfCut();
            return _names.List();
        }
    }

    public void Delete(string name) => Step(() => _names.Delete(name));

    public void Rename(string from, string to) => Step(() => _names.Rename(from, to));

    /// <inheritdoc/>
    /// <remarks>A folder that is not there cannot be opened on a real disk either.</remarks>
    public void SyncDirectory(string folder) => Step(() => _names.ThrowIfMissing(folder), () => _names.Sync(folder));

    public IDisposable? TryLock(string name)
    {
        lock (_gate)
        {
            ThrowIfCut();
            return _locks.Add(name) ? new Held(this, name) : null;
        }
    }

    /// <summary>Gives the disk as it is found when the power comes back.</summary>
    internal SimulatedFiles AfterPowerCut()
    {
        lock (_gate)
        {
            return new SimulatedFiles(unchecked((_seed * 31) + 1), _names.AfterPowerCut(_random));
        }
    }

    /// <summary>Gives a copy that holds everything that this one holds.</summary>
    internal SimulatedFiles Clone()
    {
        lock (_gate)
        {
            return new SimulatedFiles(_seed, _names.Clone());
        }
    }

    private void ThrowIfCut()
    {
        if (IsCut)
        {
            throw new PowerCutException();
        }
    }

    // What a step begins may be lost in a cut; what it completes is certain, and happens only when the power stays.
    private void Step(Action begin, Action? complete = null)
    {
        lock (_gate)
        {
            ThrowIfCut();
            begin();
            Steps++;
            ThrowIfCut();
            complete?.Invoke();
        }
    }

    private sealed class OpenFile(SimulatedFiles disk, string name, SimulatedContent content)
        : IStorageFile
    {
        private bool _disposed;

        public string Name => name;

        public long Length
        {
            get
            {
                lock (disk._gate)
                {
                    Check();
                    return content.Span.Length;
                }
            }
        }

        public void Read(long offset, Span<byte> into)
        {
            lock (disk._gate)
            {
                Check();
                if (offset + into.Length > content.Span.Length)
                {
                    throw new EndOfStreamException(name);
                }

                content.Span.Slice((int)offset, into.Length).CopyTo(into);
            }
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            var copy = bytes.ToArray();
            Change(() => content.Write((int)offset, copy));
        }

        public void SetLength(long length) => Change(() => content.SetLength((int)length));

        public void Sync() => disk.Step(Check, content.Sync);

        public void Dispose() => _disposed = true;

        private void Change(Action change)
        {
            Check();
            disk.Step(change);
        }

        private void Check()
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            disk.ThrowIfCut();
        }
    }

    private sealed class Held(SimulatedFiles disk, string name) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._gate)
            {
                disk._locks.Remove(name);
            }
        }
    }
}
