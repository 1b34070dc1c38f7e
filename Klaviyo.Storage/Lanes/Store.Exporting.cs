using Klaviyo.Json;
using Klaviyo.Storage.Export;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

// What an export reads, each step under the gates for as long as one profile takes.
internal sealed partial class Store
{
    private const int EventBytes = 512;

    internal ExportCut ExportCut()
    {
        using var gate = EnterAll();
        return new ExportCut(State, _lanes);
    }

    /// <summary>Gets the identifiers that a profile was created with, and when it began; none where it was erased.</summary>
    internal (List<Identifier> Identifiers, Instant Created) ExportIdentity(ProfileKey profile)
    {
        using var gate = Enter(profile.Lane);
        if (State.IsErased(profile))
        {
            return ([], default);
        }

        // Of a salvaged profile all may be lost.
        var identifiers = ProfileTree.FirstIdentifiers(profile, State);
        var created = identifiers.Count == 0 ? default : Instant.FromUnixMs(State.Slot(profile).CreatedMs);
        SettleUnderGate(profile.Lane);
        return (identifiers, created);
    }

    internal ProfileTree ExportTree(ProfileKey root, ExportCut cut)
    {
        using var gate = EnterAll();
        var tree = ProfileTree.Take(root, cut, State);
        SettleUnderAllGates();
        return tree;
    }

    /// <summary>Takes the tree of the profile that an identifier names, as it is now.</summary>
    /// <returns>Null where there is none.</returns>
    internal ProfileTree? ExportTree(in Identifier profile)
    {
        using var gate = EnterAll();
        if (!State.TryFind(profile, out var found))
        {
            return null;
        }

        var root = State.Merges.Root(found);
        var tree = State.IsErased(root) ? null : ProfileTree.Take(root, new ExportCut(State, _lanes), State);
        SettleUnderAllGates();
        return tree;
    }

    /// <summary>Reads an event.</summary>
    /// <returns>Null where it was erased since, or is lost in a store that is salvaged: <see cref="Losses"/> says so.</returns>
    internal StoredEvent? ExportEvent(ProfileKey profile, long address)
    {
        var lane = _lanes[profile.Lane];
        using var gate = Enter(profile.Lane);
        var buffer = new byte[EventBytes];
        try
        {
            var read = lane.Log.Read(new LogAddress(address), ref buffer);
            return read.Kind == (byte)RecordKind.Event
                ? ReadUnderGate(lane, read)
                : null;
        }
        catch (StoreCorruptedException) when (_isReadOnly)
        {
            return null;
        }
    }

    /// <summary>Gets the segments with their texts, also those that cannot be read: an import then says so.</summary>
    internal IReadOnlyList<(string Name, string Text)> ExportSegments()
    {
        using var gate = EnterAll();
        var definitions = State.Definitions;
        return
        [
            .. definitions.Segments.Select(s => (s.Key, SegmentJson.Write(s.Value)))
                .Concat(definitions.Unreadable.Select(name => (name, definitions.TextOf(name))))
                .OrderBy(s => s.Item1, StringComparer.Ordinal),
        ];
    }
}
