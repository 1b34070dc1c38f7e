using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Salvage;

/// <summary>Files of a directory that is only read: what is written, deleted and renamed is so in memory alone.</summary>
/// <remarks>So a store that must not be changed opens like any other, whatever an opening tidies up.</remarks>
internal sealed class OverlaidFiles(IStorageFiles under) : IStorageFiles, IDisposable
{
    private readonly System.Threading.Lock _gate = new();
    private readonly Dictionary<string, OverlaidContent> _open = new(StringComparer.Ordinal);
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);

    public string Path => under.Path;

    public IStorageFile Open(string name, bool create = false)
    {
        lock (_gate)
        {
            return new OverlaidFile(name, ContentUnderLock(name, create));
        }
    }

    public bool Exists(string name)
    {
        lock (_gate)
        {
            return ExistsUnderLock(name);
        }
    }

    public IReadOnlyList<string> List()
    {
        lock (_gate)
        {
            return [.. under.List().Where(n => !_gone.Contains(n)).Union(_open.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            _gone.Add(name);
            if (_open.Remove(name, out var content))
            {
                content.Dispose();
            }
        }
    }

    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            var content = ContentUnderLock(from, create: false);
            _open.Remove(from);
            _gone.Add(from);
            _open[to] = content;
        }
    }

    public void SyncDirectory(string folder)
    {
    }

    /// <inheritdoc/>
    /// <remarks>Who lays files over a directory has locked that himself.</remarks>
    public IDisposable? TryLock(string name) => new MemoryStream();

    /// <summary>Sees to it that a file has so many bytes, zeros where it has none of its own.</summary>
    internal void Lengthen(string name, long length)
    {
        lock (_gate)
        {
            var content = ContentUnderLock(name, create: true);
            content.SetLength(Math.Max(content.Length, length));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var content in _open.Values)
            {
                content.Dispose();
            }

            _open.Clear();
        }
    }

    private bool ExistsUnderLock(string name) => _open.ContainsKey(name) || (!_gone.Contains(name) && under.Exists(name));

    private OverlaidContent ContentUnderLock(string name, bool create)
    {
        if (_open.TryGetValue(name, out var content))
        {
            return content;
        }

        var exists = ExistsUnderLock(name);
        if (!exists && !create)
        {
            throw new FileNotFoundException($"There is no file {name}.", name);
        }

        content = new OverlaidContent(exists ? under.Open(name) : null);
        _open.Add(name, content);
        return content;
    }
}
