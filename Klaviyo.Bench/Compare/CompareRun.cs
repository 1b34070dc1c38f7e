using System.Globalization;
using Klaviyo.Bench.Compare.Data;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare;

/// <summary>One run: the subjects, their stores in a directory of the run, and the rows measured so far.</summary>
internal sealed class CompareRun : IAsyncDisposable
{
    private readonly List<CompareRow> _rows = [];
    private readonly List<Subject> _loaded = [];
    private readonly DirectoryInfo _directory;
    private long _later;
    private int _directories;
    private int _rotation;

    internal CompareRun(CompareOptions options)
    {
        Options = options;
        Events = new SampleEvents(options.Events, options.Profiles);
        _directory = Directory.CreateDirectory(
            Path.Combine(options.Directory, $"klaviyo-compare-{Environment.ProcessId}"));
    }

    internal CompareOptions Options { get; }

    internal SampleEvents Events { get; }

    internal IReadOnlyList<CompareRow> Rows => _rows;

    internal static void Say(string what) =>
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{DateTime.Now:HH:mm:ss}] {what}"));

    /// <summary>Makes the subjects anew: ours, and the peers asked for.</summary>
    internal List<Subject> NewSubjects()
    {
        var subjects = PeerList.Of(Options.PeerNames).ToList();
        subjects.Insert((subjects.Count + 1) / 2, new OurSubject());
        return subjects;
    }

    internal string NewDirectory(string name) =>
        _directory.CreateSubdirectory($"{name}-{++_directories}").FullName;

    internal void Add(Measured measured)
    {
        foreach (var row in measured.Rows())
        {
            _rows.Add(row);
            Say(RowTable.Line(row));
        }
    }

    /// <summary>Keeps a subject that holds the whole history, for the works to come.</summary>
    /// <returns>Whether it is kept: one of each name is, and none that is compared at ingest only.</returns>
    internal bool TryKeep(Subject subject)
    {
        var isKept = _loaded.TrueForAll(s => s.Name != subject.Name)
            && (subject is OurSubject || Options.PeerNames.Contains(subject.Name));
        if (isKept)
        {
            _loaded.Add(subject);
        }

        return isKept;
    }

    /// <summary>Gets the subjects that hold the whole history; loads them where no work has.</summary>
    internal async Task<IReadOnlyList<Subject>> LoadedAsync()
    {
        if (_loaded.Count == 0)
        {
            foreach (var subject in NewSubjects())
            {
                await Loading.LoadAsync(subject, NewDirectory(subject.Name), Events, 4096);
                TryKeep(subject);
            }
        }

        return _loaded;
    }

    /// <summary>Gets the loaded subjects in the order of the next round: another one begins each time.</summary>
    internal IEnumerable<T> Rotated<T>(IReadOnlyList<T> subjects)
    {
        var first = _rotation++;
        return Enumerable.Range(0, subjects.Count).Select(i => subjects[(first + i) % subjects.Count]);
    }

    /// <summary>Makes events that were never sent before and lie after T.</summary>
    internal SampleBatch[] LaterBatches(int count)
    {
        var batches = new SampleBatch[count];
        for (var i = 0; i < count; i++)
        {
            batches[i] = SampleBatch.One(Events, Events.Later(_later++));
        }

        return batches;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var subject in _loaded)
        {
            await subject.DisposeAsync();
        }

        _directory.Delete(recursive: true);
    }
}
