using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Log;

/// <summary>The file <c>superblock</c>, which alone says what exists in the logs of a store.</summary>
/// <remarks>
/// <para>Two slots of 4 KiB. Generation g goes to slot g mod 2, so the slot of the last durable cut is never written
/// over before the next one is durable. A slot torn by a power cut leaves the other, older one, and that is right: the
/// cut in the torn slot had not been acknowledged.</para>
/// <para>Each slot holds its content twice, 2 KiB apart. A bit that rots in a slot after it was acknowledged would
/// otherwise look like a torn write, and the older slot would silently take acknowledged records away.</para>
/// <para>Where both copies of a slot are lost, as with a block of 4 KiB that goes bad, it may have been the newest one. A power cut
/// changes nothing but what the write under way changes: generation, ends, checksum. So a slot of which anything else is
/// damaged has rotted, and where records go on behind the cut of the other slot, they may have been acknowledged: that is refused.
/// Where none does, the lost slot was the older one. What cannot be told from a torn write is taken for one.</para>
/// </remarks>
/// <threadsafety>One thread at a time.</threadsafety>
internal sealed class Superblock : IDisposable
{
    internal const string FileName = "superblock";
    internal const int SlotBytes = 4096;
    internal const int CopyBytes = 2048;

    private const int Slots = 2;
    private const int CopiesASlot = SlotBytes / CopyBytes;
    private const int FileBytes = Slots * SlotBytes;

    private readonly IStorageFile _file;
    private readonly StoreManifest _manifest;
    private readonly byte[] _slot = new byte[SlotBytes];
    private readonly OtherSlot _other;
    private bool _isNote;

    private Superblock(IStorageFile file, StoreManifest manifest, SuperblockCopy newest, OtherSlot other)
    {
        _file = file;
        _manifest = manifest;
        _other = other;
        Generation = newest.Generation;
        Durable = newest.Cut;
    }

    private enum OtherSlot
    {
        Whole,
        MayBeTorn,
        Rotten,
    }

    /// <summary>Gets whether a slot cannot be read: when the other one rots too, nothing would be left.</summary>
    internal bool IsHalf => _other != OtherSlot.Whole;

    internal long Generation { get; private set; }

    /// <summary>Gets what the newest slot says.</summary>
    internal LogCut Durable { get; private set; }

    /// <summary>Creates the file of an empty store, both slots filled.</summary>
    internal static void Create(IStorageFiles files, StoreManifest manifest)
    {
        var nothing = new SuperblockCopy(manifest.StoreId, Generation: -1, LogCut.Empty(manifest.LaneCount));
        var file = files.Open(FileName, create: true);
        using var superblock = new Superblock(file, manifest, nothing, OtherSlot.Whole);
        file.SetLength(FileBytes);
        superblock.Write(nothing.Cut);
        superblock.Write(nothing.Cut);
        file.Sync();
        files.SyncDirectory("");
    }

    /// <exception cref="StoreCorruptedException">The file is missing, or no slot can be read.</exception>
    internal static Superblock Open(IStorageFiles files, StoreManifest manifest)
    {
        if (!files.Exists(FileName))
        {
            throw Corrupted("The superblock of an existing store is missing.");
        }

        var file = files.Open(FileName);
        try
        {
            var slots = Bytes(file);
            var newest = Enumerable.Range(0, Slots).Select(slot => Read(slots, slot, manifest)).MaxBy(copy => copy?.Generation ?? -1)
                ?? throw Corrupted("No slot of the superblock can be read.");
            return new Superblock(file, manifest, newest, Look(slots, newest, manifest));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Gets the store that the superblock says to be of, if any copy in it is whole.</summary>
    internal static Guid? OwnerOf(IStorageFiles files)
    {
        if (!files.Exists(FileName))
        {
            return null;
        }

        using var file = files.Open(FileName);
        var bytes = Bytes(file);
        return Enumerable.Range(0, Slots * CopiesASlot)
            .Select(i => SuperblockCopy.OwnerOf(bytes.AsSpan(i * CopyBytes, CopyBytes)))
            .FirstOrDefault(owner => owner is not null);
    }

    /// <summary>Looks whether the slot that rotted, if one did, may have held more than the other.</summary>
    /// <param name="files">The files, of which no record is half overwritten.</param>
    /// <param name="last">The last cut that is known.</param>
    /// <returns>What shows it; null where nothing does.</returns>
    internal string? FindLoss(IStorageFiles files, LogCut last)
    {
        return _other == OtherSlot.Rotten && LogContinuation.FileBehind(files, _manifest, last) is { } file
            ? $"A slot of the superblock cannot be read, and {file} goes on behind the cut of the other."
            : null;
    }

    /// <summary>Makes a cut durable. After an exception the object is of no use but to be disposed.</summary>
    internal void Write(LogCut cut)
    {
        Note(cut);
        Sync();
    }

    /// <summary>Has the newest slot on the medium, so that the other one may be written.</summary>
    internal void Sync()
    {
        _file.Sync();
        _isNote = false;
    }

    /// <summary>Writes a cut that is durable by itself, to be found by whoever opens the store after a kill.</summary>
    /// <remarks>Until the next <see cref="Write"/> it goes to the same slot again: the other one is on the medium, whatever a power cut does.</remarks>
    internal void Note(LogCut cut)
    {
        var copy = new SuperblockCopy(_manifest.StoreId, _isNote ? Generation : Generation + 1, cut);
        copy.Write(_slot);
        copy.Write(_slot.AsSpan(CopyBytes));
        _file.Write(SlotBytes * (copy.Generation % Slots), _slot);
        (Generation, Durable, _isNote) = (copy.Generation, cut, true);
    }

    /// <summary>Makes the exception for what shows that more was durable once than the file says.</summary>
    internal static StoreCorruptedException Behind(string proof) => Corrupted(
        $"{proof} has more than the superblock says: acknowledged records were lost with a slot of it, or the directory was copied "
        + "while the store was open. Of a copy: make it again from a closed store, or fork the open one. Otherwise: restore the "
        + "whole directory from a backup. To open what the superblock still says, delete the checkpoints.");

    /// <summary>Makes the exception for what <see cref="FindLoss"/> has found.</summary>
    internal static StoreCorruptedException Lost(string proof) => Corrupted(
        $"{proof} Acknowledged records may be lost with it: restore the whole directory from a backup, or read what is whole with "
        + "SalvageAsync (--salvage in the shell).");

    public void Dispose() => _file.Dispose();

    private static SuperblockCopy? Read(byte[] slots, int slot, StoreManifest manifest)
    {
        // A generation in the wrong slot is a misplaced write, and would be overwritten too early.
        return Enumerable.Range(0, CopiesASlot)
            .Select(i => SuperblockCopy.Read(Copy(slots, slot, i), manifest))
            .Where(copy => copy?.Generation % Slots == slot)
            .MaxBy(copy => copy!.Generation);
    }

    private static OtherSlot Look(byte[] slots, SuperblockCopy newest, StoreManifest manifest)
    {
        var slot = 1 - (int)(newest.Generation % Slots);
        if (Read(slots, slot, manifest) is not null)
        {
            return OtherSlot.Whole;
        }

        // A copy that is whole here is of the wrong generation.
        return Enumerable.Range(0, CopiesASlot).All(i =>
            newest.MayBeTorn(Copy(slots, slot, i)) && SuperblockCopy.Read(Copy(slots, slot, i), manifest) is null)
                ? OtherSlot.MayBeTorn
                : OtherSlot.Rotten;
    }

    private static ReadOnlySpan<byte> Copy(byte[] slots, int slot, int copy) =>
        slots.AsSpan((slot * SlotBytes) + (copy * CopyBytes), CopyBytes);

    // What a file that was cut short does not have counts as zeros.
    private static byte[] Bytes(IStorageFile file)
    {
        var bytes = new byte[FileBytes];
        file.Read(0, bytes.AsSpan(0, (int)Math.Min(file.Length, FileBytes)));
        return bytes;
    }

    private static StoreCorruptedException Corrupted(string message) => new(FileName, 0, null, null, message);
}
