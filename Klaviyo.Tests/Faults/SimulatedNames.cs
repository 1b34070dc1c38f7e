namespace Klaviyo.Tests.Faults;

/// <summary>
/// The directory of a simulated disk: as it is now, as it is certain, and the changes between the two.
/// </summary>
internal sealed class SimulatedNames
{
    private readonly Dictionary<string, SimulatedContent> _now;
    private readonly Dictionary<string, SimulatedContent> _durable;
    private readonly List<Change> _unsynced = [];

    internal SimulatedNames()
        : this([])
    {
    }

    private SimulatedNames(Dictionary<string, SimulatedContent> files)
    {
        _now = files;
        _durable = new Dictionary<string, SimulatedContent>(files);
    }

    internal SimulatedContent this[string name] => _now[name];

    internal bool Contains(string name) => _now.ContainsKey(name);

    internal IReadOnlyList<string> List() =>
        [.. _now.Keys.Where(name => !IsFolder(name)).Order(StringComparer.Ordinal)];

    internal void Create(string name, SimulatedContent content)
    {
        var folder = FolderOf(name);
        if (folder.Length > 0 && !_now.ContainsKey(EntryOf(folder)))
        {
            Add(new Change("", names => names[EntryOf(folder)] = new SimulatedContent()));
        }

        Add(new Change(folder, names => names[name] = content));
    }

    internal void Delete(string name) => Add(new Change(FolderOf(name), names => names.Remove(name)));

    internal void Rename(string from, string to) => Add(new Change(FolderOf(from), names =>
    {
        if (names.Remove(from, out var content))
        {
            names[to] = content;
        }
    }));

    internal void ThrowIfMissing(string folder)
    {
        if (folder.Length > 0 && !_now.ContainsKey(EntryOf(folder)))
        {
            throw new DirectoryNotFoundException($"No such folder: '{folder}'.");
        }
    }

    internal void Sync(string folder)
    {
        foreach (var change in _unsynced.Where(change => change.Folder == folder))
        {
            change.Apply(_durable);
        }

        _unsynced.RemoveAll(change => change.Folder == folder);
    }

    internal SimulatedNames Clone() => new(_now.ToDictionary(file => file.Key, file => file.Value.Clone()));

    internal SimulatedNames AfterPowerCut(Random random)
    {
        var names = new Dictionary<string, SimulatedContent>(_durable);
        foreach (var change in _unsynced.Where(_ => random.Next(2) == 0))
        {
            change.Apply(names);
        }

        // A file whose folder is lost is lost with it.
        return new SimulatedNames(names
            .Where(file => FolderOf(file.Key) is "" || names.ContainsKey(EntryOf(FolderOf(file.Key))))
            .OrderBy(file => file.Key, StringComparer.Ordinal)
            .ToDictionary(file => file.Key, file => file.Value.AfterPowerCut(random)));
    }

    private void Add(Change change)
    {
        _unsynced.Add(change);
        change.Apply(_now);
    }

    private static string FolderOf(string name) =>
        IsFolder(name) || !name.Contains('/') ? "" : name[..name.IndexOf('/')];

    // A folder is an entry of the directory too, whose name ends in a slash.
    private static string EntryOf(string folder) => folder + "/";

    private static bool IsFolder(string name) => name.EndsWith('/');

    private sealed record Change(string Folder, Action<Dictionary<string, SimulatedContent>> Apply);
}
