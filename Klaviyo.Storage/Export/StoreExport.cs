using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Export;

/// <summary>Writes a whole store as lines that an empty one can import, so that every answer is the same.</summary>
/// <remarks>
/// First every profile with the identifiers that it was created with, in the order of ids; so the lines that follow may name
/// any of them, and a store with as many lanes gives the same ids again. Then tree by tree all that was written, in the order
/// of arrival, merges at their places. Segments last, because some refer to lists.
/// </remarks>
internal sealed class StoreExport(Store store, Stream output)
{
    private ExportCut _cut = null!;
    private long _profiles;
    private long _events;
    private long _lines;

    internal async Task<ExportResult> RunAsync(CancellationToken cancellation)
    {
        var export = new ExportStream(output);
        await using (export.ConfigureAwait(false))
        {
            _cut = store.ExportCut();
            await WriteProfilesAsync(export, cancellation).ConfigureAwait(false);
            foreach (var root in _cut.Roots)
            {
                await WriteTreeAsync(export, store.ExportTree(root, _cut), cancellation).ConfigureAwait(false);
            }

            foreach (var (name, definition) in store.ExportSegments())
            {
                ExportLine.WriteSegment(export.Json, name, definition);
                EndLine(export);
            }

            await export.FlushAsync(cancellation).ConfigureAwait(false);
        }

        return new ExportResult(_profiles, _events, _lines);
    }

    private async ValueTask WriteProfilesAsync(ExportStream export, CancellationToken cancellation)
    {
        foreach (var profile in _cut.Profiles)
        {
            var (identifiers, created) = store.ExportIdentity(profile);
            if (identifiers.Count > 0)
            {
                ExportLine.WriteIdentifiers(export.Json, null, identifiers, created);
                EndLine(export);
                await export.DrainAsync(cancellation).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask WriteTreeAsync(ExportStream export, ProfileTree tree, CancellationToken cancellation)
    {
        _profiles += tree.Created.ContainsKey(tree.Root) ? 1 : 0;
        var lines = new TreeLines(tree, export.Json);
        var merged = 0;
        for (var first = 0; first < tree.Facts.Count;)
        {
            var fact = tree.Facts[first];
            for (; merged < fact.Phase; merged++)
            {
                WriteMerge(export, lines, merged);
            }

            first += WriteNext(export, lines, first);
            await export.DrainAsync(cancellation).ConfigureAwait(false);
        }

        for (; merged < tree.Merges.Count; merged++)
        {
            WriteMerge(export, lines, merged);
        }
    }

    private void WriteMerge(ExportStream export, TreeLines lines, int merge)
    {
        if (lines.TryWriteMerge(merge))
        {
            EndLine(export);
        }
    }

    // An event is read only now, and decoded under the gate, because the names of the lane grow.
    private int WriteNext(ExportStream export, TreeLines lines, int first)
    {
        var (fact, count) = (lines.At(first), 1);
        if (fact.Kind is null)
        {
            if (store.ExportEvent(fact.Profile, fact.Address) is not { } stored)
            {
                return count;
            }

            _events++;
            lines.WriteEvent(fact.Profile, stored);
        }
        else if (!lines.TryWrite(first, out count))
        {
            return count;
        }

        EndLine(export);
        return count;
    }

    private void EndLine(ExportStream export)
    {
        _lines++;
        export.EndLine();
    }
}
