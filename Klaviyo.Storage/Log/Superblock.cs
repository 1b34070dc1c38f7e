using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Log;

/// <summary>The file <c>superblock</c>, which alone says what exists in the logs of a store.</summary>
/// <remarks>
/// <para>Two slots of 4 KiB. Generation g goes to slot g mod 2, so the slot of the last durable cut is never written
/// over before the next one is durable. A slot torn by a power cut leaves the other, older one, and that is right: the
/// cut in the torn slot had not been acknowledged.</para>
/// <para>Each slot holds its content twice, 2 KiB apart. A bit that rots in a slot after it was acknowledged would
/// otherwise look like a torn write, and the older slot would silently take acknowledged records away.</para>
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
    private readonly Guid _storeId;
    private readonly byte[] _slot = new byte[SlotBytes];

    private Superblock(IStorageFile file, SuperblockCopy newest)
    {
        _file = file;
        _storeId = newest.StoreId;
        Generation = newest.Generation;
        Durable = newest.Cut;
    }

    internal long Generation { get; private set; }

    /// <summary>Gets what is certain to be found at the next open.</summary>
    internal LogCut Durable { get; private set; }

    /// <summary>Creates the file of an empty store, both slots filled.</summary>
    internal static void Create(IStorageFiles files, StoreManifest manifest)
    {
        var nothing = new SuperblockCopy(manifest.StoreId, Generation: -1, LogCut.Empty(manifest.LaneCount));
        var file = files.Open(FileName, create: true, synced: true);
        using var superblock = new Superblock(file, nothing);
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

        var file = files.Open(FileName, synced: true);
        try
        {
            return new Superblock(file, Newest(file, manifest)
                ?? throw Corrupted("No slot of the superblock can be read."));
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

    /// <summary>Makes a cut durable. After an exception the object is of no use but to be disposed.</summary>
    internal void Write(LogCut cut)
    {
        var copy = new SuperblockCopy(_storeId, Generation + 1, cut);
        copy.Write(_slot);
        copy.Write(_slot.AsSpan(CopyBytes));
        _file.Write(SlotBytes * (copy.Generation % Slots), _slot);
        Generation = copy.Generation;
        Durable = cut;
    }

    /// <summary>Makes the exception for what shows that more was durable once than the file says.</summary>
    internal static StoreCorruptedException Behind(string proof) => Corrupted(
        $"{proof} has more than the superblock says: acknowledged records were lost with a slot of it, or the directory was copied "
        + "while the store was open. Of a copy: make it again from a closed store, or fork the open one. Otherwise: restore the "
        + "whole directory from a backup. To open what the superblock still says, delete the checkpoints.");

    public void Dispose() => _file.Dispose();

    private static SuperblockCopy? Newest(IStorageFile file, StoreManifest manifest)
    {
        var bytes = Bytes(file);
        SuperblockCopy? newest = null;
        for (var i = 0; i < Slots * CopiesASlot; i++)
        {
            // A generation in the wrong slot is a misplaced write, and would be overwritten too early.
            var copy = SuperblockCopy.Read(bytes.AsSpan(i * CopyBytes, CopyBytes), manifest);
            if (copy is not null && copy.Generation % Slots == i / CopiesASlot
                && copy.Generation > (newest?.Generation ?? -1))
            {
                newest = copy;
            }
        }

        return newest;
    }

    // What a file that was cut short does not have counts as zeros.
    private static byte[] Bytes(IStorageFile file)
    {
        var bytes = new byte[FileBytes];
        file.Read(0, bytes.AsSpan(0, (int)Math.Min(file.Length, FileBytes)));
        return bytes;
    }

    private static StoreCorruptedException Corrupted(string message) => new(FileName, 0, null, null, message);
}
