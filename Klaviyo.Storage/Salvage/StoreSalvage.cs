using System.Collections.Immutable;
using Klaviyo.Storage.Checkpoints;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Log;

namespace Klaviyo.Storage.Salvage;

/// <summary>Finds what of a damaged store can be read for certain.</summary>
/// <remarks>
/// A state is certain that is a checkpoint, whole, and all records behind it up to a cut, whole; or all records from the beginning.
/// What comes behind a record that is lost is not: it may have given a name its code, merged, or erased. So the states are tried from
/// the latest to the earliest, and the first that opens is the one. Among the records that are taken in, those of a lane may
/// name profiles of another lane that are lost: then the lane ends there.
/// </remarks>
internal sealed class StoreSalvage
{
    private readonly IStorageFiles _under;
    private readonly StoreManifest _manifest;
    private readonly List<StoreLoss> _losses = [];

    internal StoreSalvage(IStorageFiles under)
    {
        _under = under;
        _manifest = ManifestFiles.Load(under);
        _losses.AddRange(ManifestFiles.Damaged(under, _manifest)
            .Where(name => name == StoreManifest.FileName || under.Exists(name))
            .Select(name => new StoreLoss(name, 0, null, null, "The manifest is damaged in this file. The other one has it.")));
    }

    internal IReadOnlyList<StoreLoss> Losses => _losses;

    /// <summary>Opens the store at the latest state that can be.</summary>
    /// <param name="open">Opens it from files that may be written to.</param>
    internal Store Open(Func<OverlaidFiles, Store> open)
    {
        using var files = new OverlaidFiles(_under);
        OverwriteJournal.Redo(files, _manifest);
        using var logs = new SalvagedLogs(files, _manifest, EndsOf(files));
        logs.NoteLosses(_losses);
        foreach (var name in CheckpointFile.Names(files))
        {
            if (CheckpointFile.Check(files, name, _manifest.StoreId, logs.Ends, _ => { }) is not { } cut)
            {
                _losses.Add(new StoreLoss(name, 0, null, null, "The checkpoint is damaged, or of what is lost. It is not needed."));
            }
            else if (TryOpen(open, logs, name, logs.Follow(cut), out _) is { } store)
            {
                return store;
            }
        }

        return OpenFromTheBeginning(open, logs);
    }

    // Each round takes something away.
    private Store OpenFromTheBeginning(Func<OverlaidFiles, Store> open, SalvagedLogs logs)
    {
        var ends = logs.Follow(LogCut.Empty(_manifest.LaneCount));
        while (true)
        {
            if (TryOpen(open, logs, null, ends, out var damage) is { } store)
            {
                return store;
            }

            ends = logs.Shorten(ends, damage!) ?? throw damage!;
            _losses.Add(new StoreLoss(damage!.File, damage.Offset, damage.Address, damage.Sequence, damage.Message));
        }
    }

    private Store? TryOpen(Func<OverlaidFiles, Store> open, SalvagedLogs logs, string? checkpoint, LogCut ends, out StoreCorruptedException? damage)
    {
        var files = new OverlaidFiles(_under);
        try
        {
            foreach (var other in CheckpointFile.Names(files).Where(n => n != checkpoint))
            {
                files.Delete(other);
            }

            Superblock.Create(files, _manifest);
            using (var superblock = Superblock.Open(files, _manifest))
            {
                superblock.Write(ends);
            }

            logs.Lengthen(files, ends);
            var store = open(files);
            store.TakeErasures(logs.ErasuresBehind(ends));
            damage = null;
            logs.NoteUnread(ends, _losses);
            return store;
        }
        catch (StoreCorruptedException found)
        {
            files.Dispose();
            damage = found;
            return null;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    // How far the logs went: as the superblock says, or, where it has lost that, as far as there are bytes.
    private ImmutableArray<long>? EndsOf(OverlaidFiles files)
    {
        try
        {
            using var superblock = Superblock.Open(files, _manifest);
            var last = CommitMarks.Follow(files, _manifest, superblock.Durable);
            if (superblock.FindLoss(files, last) is { } proof)
            {
                NoteSuperblock(proof);
                return null;
            }

            var behind = CheckpointFile.Names(files)
                .FirstOrDefault(name => CheckpointFile.IsAhead(files, name, _manifest.StoreId, last));
            if (behind is null)
            {
                return [.. last.Lanes.Select(l => l.Until.Value)];
            }

            NoteSuperblock($"{behind} has more than the superblock says, which has lost its newest slot.");
        }
        catch (StoreCorruptedException damage)
        {
            NoteSuperblock(damage.Message);
        }

        return null;
    }

    private void NoteSuperblock(string reason)
    {
        _losses.Add(new StoreLoss(
            Superblock.FileName, 0, null, null,
            $"{reason} The logs are read as far as their records are whole; some of the last may be missing, or never have been acknowledged."));
    }
}
