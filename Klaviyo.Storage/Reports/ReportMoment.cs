using Klaviyo.Storage.Chunks;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Reports;

/// <summary>The store as a report sees it: how far each log goes, and who is whom.</summary>
/// <remarks>Taken under all gates, so an event that came with a merge is seen with it or not at all.</remarks>
internal sealed class ReportMoment
{
    // A disk that gives every chunk back damaged must not hold a reader for ever.
    private const int DamagesMax = 10_000;

    private readonly Dictionary<int, int> _roots = [];

    private ReportMoment(Store store, string metric)
    {
        var lanes = new List<ReportLane>();
        var profiles = 0;
        foreach (var lane in store.Lanes)
        {
            var code = lane.State.Names.TryGetCode(metric, out var found) ? found : -1;
            lanes.Add(new ReportLane(lane.Log, CopyOf(lane.State.Names), code, lane.Log.Tail, profiles, lane.State.Profiles.Count));
            profiles += lane.State.Profiles.Count;
        }

        Lanes = lanes;
        IsErased = store.IsPassedOver;
        AddRoots(store);
    }

    internal IReadOnlyList<ReportLane> Lanes { get; }

    /// <summary>Gets how many profiles there are in all lanes.</summary>
    internal int Profiles => Lanes[^1].FirstProfile + Lanes[^1].Profiles;

    /// <summary>Gets what tells of a lane and an ordinal whether the profile is passed over; null for nobody.</summary>
    internal Func<int, int, bool>? IsErased { get; }

    /// <summary>Looks at the store and reads chunks as of that moment. Where one is damaged it is dropped, and all begins again.</summary>
    /// <exception cref="StoreCorruptedException">An event is damaged.</exception>
    internal static T Read<T>(Store store, string metric, Func<ReportMoment, T> read)
    {
        for (var damages = 0; ; damages++)
        {
            try
            {
                return read(Of(store, metric));
            }
            catch (ChunkUnreadableException damage) when (damages < DamagesMax)
            {
                store.Chunks.Drop(damage.Range);
            }
        }
    }

    /// <summary>Gets the chunks that hold every event of the metric, and how many rows these have of it.</summary>
    /// <exception cref="ChunkUnreadableException">A chunk is damaged.</exception>
    internal (List<Chunk> Chunks, long Rows) Chunks(Store store)
    {
        var chunks = Lanes.Where(lane => lane.Metric >= 0).SelectMany(lane => store.Chunks.Covering(lane.Log.Lane, lane.Until)).ToList();
        return (chunks, Columns(chunks).Sum(m => (long)m.Rows));
    }

    /// <summary>Gets the columns of the metric in each chunk that has any.</summary>
    internal IEnumerable<MetricColumns> Columns(IEnumerable<Chunk> chunks) =>
        chunks.Select(chunk => chunk.Find(Lanes[chunk.Range.Lane].Metric)).OfType<MetricColumns>();

    /// <summary>Gets the number of the profile that answers for one.</summary>
    internal int RootOf(int profile) => _roots.Count > 0 && _roots.TryGetValue(profile, out var root) ? root : profile;

    private static ReportMoment Of(Store store, string metric)
    {
        using var gate = store.EnterAll();
        return new ReportMoment(store, metric);
    }

    private static NameTable CopyOf(NameTable names)
    {
        var copy = new NameTable();
        for (var code = 0; code < names.Count; code++)
        {
            copy.Add(names[code]);
        }

        return copy;
    }

    private void AddRoots(Store store)
    {
        foreach (var source in store.State.Merges.AllSources)
        {
            _roots[NumberOf(source)] = NumberOf(store.State.Merges.Root(source));
        }
    }

    private int NumberOf(ProfileKey profile) => Lanes[profile.Lane].FirstProfile + profile.Ordinal;
}
