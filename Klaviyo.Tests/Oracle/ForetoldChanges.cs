using Klaviyo.Storage.Index;

namespace Klaviyo.Tests.Oracle;

// What the stream of segment changes has to tell, from definitions and histories alone: nothing that is kept current is asked.
// Before a deed it follows each profile from flip to flip up to now; after it, who is a member and was none just before entered
// by the deed, at now.
internal sealed class ForetoldChanges
{
    private readonly Dictionary<(string Segment, ProfileId Profile), bool> _members = [];
    private readonly List<Change> _changes = [];
    private Instant _at = Instant.MinValue;

    // Also those whose first write is still to come true.
    internal static List<Identifier> Everybody(CustomerDatabase database) =>
        database.SegmentMembers(new SegmentDefinition(new AndCondition([])), Instant.MaxValue)
            .Select(m => Identifier.Of(IdentifierKind.Id, m.Id.ToString())).ToList();

    internal void FollowTime(CustomerDatabase database, Instant now)
    {
        foreach (var (name, definition) in Ready(database))
        {
            foreach (var profile in Everybody(database))
            {
                var at = _at;
                while (database.ExplainSegment(profile, definition, at)?.FlipsAt is { } flip && flip <= now)
                {
                    at = flip;
                    Note(name, IdOf(profile), database.IsMember(profile, definition, at), at);
                }
            }
        }

        _at = now;
    }

    internal void FollowDeed(CustomerDatabase database, Instant now)
    {
        var everybody = Everybody(database);
        var ids = everybody.Select(IdOf).ToHashSet();
        foreach (var (name, definition) in Ready(database))
        {
            foreach (var profile in everybody)
            {
                Note(name, IdOf(profile), database.IsMember(profile, definition, now), now);
            }
        }

        // Whoever was merged into another left, and so did all members of a segment that is no more.
        foreach (var (name, profile) in _members.Keys.Where(m => !ids.Contains(m.Profile) || database.Segment(m.Segment) is null).ToList())
        {
            Note(name, profile, false, now);
        }

        _at = now;
    }

    internal void BeginAgain(CustomerDatabase database, Instant now)
    {
        _members.Clear();
        FollowDeed(database, now);
        _changes.Clear();
    }

    // Of one instant only what it changes in the end counts. Of the erased nothing is told.
    internal void Compare(CustomerDatabase database, IEnumerable<SegmentChange> told)
    {
        var expected = Net(database, _changes);
        var found = Net(database, told.Where(c => c.Cause != SegmentChangeCause.Erase)
            .Select(c => new Change(c.Segment, c.Profile, c.Entered, c.At)));
        Assert.That(found, Is.EqualTo(expected));
        _changes.Clear();
    }

    private static List<Change> Net(CustomerDatabase database, IEnumerable<Change> changes)
    {
        return [.. changes
            .Where(c => !database.Store.State.IsErased(ProfileKey.Of(c.Profile)))
            .GroupBy(c => (c.Segment, c.Profile, c.At))
            .Where(g => g.Count() % 2 == 1)
            .Select(g => g.Last())
            .OrderBy(c => c.Segment, StringComparer.Ordinal).ThenBy(c => c.Profile.Value).ThenBy(c => c.At)];
    }

    // Those whose members are known; the others are told when they are.
    private static List<(string Name, SegmentDefinition Definition)> Ready(CustomerDatabase database) =>
        [.. database.Segments.Where(n => database.Store.TryFindLive(n, out _)).Select(n => (n, database.Segment(n)!))];

    private void Note(string segment, ProfileId profile, bool isMember, Instant at)
    {
        if (_members.GetValueOrDefault((segment, profile)) != isMember)
        {
            _members[(segment, profile)] = isMember;
            _changes.Add(new Change(segment, profile, isMember, at));
        }
    }

    private static ProfileId IdOf(Identifier profile) => ProfileId.TryParse(profile.Value, out var id) ? id : default;

    private readonly record struct Change(string Segment, ProfileId Profile, bool Entered, Instant At);
}
