namespace Klaviyo.Bench.Crash;

/// <summary>A segment that a store keeps current while it is killed, and who has to be in it.</summary>
/// <param name="Name">Its name. Several have the same: one replaces the other.</param>
/// <param name="Definition">What the store is told.</param>
/// <param name="Holds">The same over a profile of the model, at an instant.</param>
internal sealed record CrashSegment(string Name, SegmentDefinition Definition, Func<ModelProfile, Instant, bool> Holds)
{
    internal static IReadOnlyList<CrashSegment> All { get; } =
    [
        Buyers(2),
        Buyers(5),
        Buyers(9),
        new("viewers", new(When.Did("Viewed Product").InTheLast(30, TimeUnit.Day)), (profile, at) =>
            profile.Events("Viewed Product", at).Any(e => e.Time > at.Plus(TimeSpan.FromDays(-30)))),
        new("gold", new(When.Property("plan").Is("gold") & !When.In("vip")), (profile, at) =>
            profile.Plan(at) == "gold" && !profile.IsVip(at)),
    ];

    internal static IEnumerable<string> Names => All.Select(s => s.Name).Distinct();

    /// <summary>Defines what is not there yet, and sometimes replaces what is.</summary>
    internal static async Task DefineAsync(CustomerDatabase database, Random random)
    {
        foreach (var segments in All.GroupBy(s => s.Name))
        {
            if (!database.Segments.Contains(segments.Key) || random.Next(4) == 0)
            {
                var one = segments.ElementAt(random.Next(segments.Count()));
                await database.DefineSegmentAsync(one.Name, one.Definition);
            }
        }
    }

    /// <summary>Compares who is in the segments with the model, and with what was told of who entered and left.</summary>
    /// <returns>The first difference; null where there is none.</returns>
    internal static async Task<string?> FindProblemAsync(CustomerDatabase database, CrashModel model)
    {
        await database.RunSegmentsAsync();
        return database.Segments.Select(name => Problem(database, model, name)).FirstOrDefault(problem => problem is not null);
    }

    private static CrashSegment Buyers(int times)
    {
        return new("buyers", new(When.Did("Placed Order").Times().AtLeast(times)), (profile, at) =>
            profile.Events("Placed Order", at).Count >= times);
    }

    private static string? Problem(CustomerDatabase database, CrashModel model, string name)
    {
        var now = (Instant)database.Clock.GetUtcNow();
        var definition = database.Segment(name)!;
        var segment = All.First(s => s.Name == name && s.Definition == definition);
        var (count, expected) = (database.CountSegment(name), model.Profiles.Count(p => segment.Holds(p, now)));
        if (count != expected)
        {
            return $"{count} are in the segment {name} instead of {expected}";
        }

        foreach (var identifier in model.Identifiers)
        {
            if (database.IsMember(identifier, name) != segment.Holds(model[identifier], now))
            {
                return $"{identifier} is in the segment {name} or not, and should not be or should";
            }
        }

        var told = new HashSet<ProfileId>();
        foreach (var change in database.SegmentChanges(name))
        {
            _ = change.Entered ? told.Add(change.Profile) : told.Remove(change.Profile);
        }

        return told.SetEquals(database.SegmentMembers(name).Select(m => m.Id))
            ? null
            : $"{told.Count} have entered the segment {name} and not left, but {count} are in it";
    }
}
