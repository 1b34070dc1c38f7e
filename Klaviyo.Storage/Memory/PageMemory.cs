using System.Globalization;
using System.Runtime.InteropServices;

namespace Klaviyo.Storage.Memory;

/// <summary>Whole pages of memory straight from the operating system, which get back to it when they are given back.</summary>
/// <remarks>
/// The C library's heap keeps what is freed below something that is still in use: blocks of megabytes that come and go there
/// left a process with twice the memory that the store had asked for.
/// </remarks>
/// <threadsafety>Safe for concurrent use.</threadsafety>
internal static unsafe partial class PageMemory
{
    private const int ReadWrite = 3;
    private const int PrivateAnonymousLinux = 0x22;
    private const int PrivateAnonymousApple = 0x1002;
    private const int MayMove = 1;
    private const int DiscardPages = 4;
    private const uint CommitAndReserve = 0x3000;
    private const uint Release = 0x8000;
    private const uint PageReadWrite = 4;
    private const nint Failed = -1;

    /// <summary>Takes pages. They hold zeros, and take no room until they are written to.</summary>
    /// <param name="bytes">How many bytes; a part of a page takes the whole of it.</param>
    /// <exception cref="InsufficientMemoryException">The system has no such memory.</exception>
    internal static void* Take(long bytes)
    {
        var start = OperatingSystem.IsWindows()
            ? VirtualAlloc(0, (nuint)bytes, CommitAndReserve, PageReadWrite)
            : MMap(0, (nuint)bytes, ReadWrite, Flags, -1, 0);
        return start is not (0 or Failed)
            ? (void*)start
            : throw NoMemory(bytes);
    }

    /// <summary>Gives back what was taken, as a whole.</summary>
    /// <param name="start">Where it begins; null gives nothing back.</param>
    /// <param name="bytes">How many bytes were taken.</param>
    internal static void Give(void* start, long bytes)
    {
        if (start == null)
        {
            return;
        }

        _ = OperatingSystem.IsWindows() ? VirtualFree((nint)start, 0, Release) : MUnmap((nint)start, (nuint)bytes);
    }

    /// <summary>Makes what was taken larger. What is in it stays, at another place perhaps.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="bytes">How many bytes were taken.</param>
    /// <param name="larger">How many there are to be.</param>
    /// <remarks>On Linux the pages move as they are, without a copy.</remarks>
    /// <exception cref="InsufficientMemoryException">The system has no such memory; what was taken is as it was.</exception>
    internal static void* Grow(void* start, long bytes, long larger)
    {
        if (OperatingSystem.IsLinux())
        {
            var moved = MRemap((nint)start, (nuint)bytes, (nuint)larger, MayMove);
            return moved != Failed ? (void*)moved : throw NoMemory(larger);
        }

        var taken = Take(larger);
        Buffer.MemoryCopy(start, taken, larger, bytes);
        Give(start, bytes);
        return taken;
    }

    /// <summary>Lets go of what is in some pages: they take no room until they are written to again.</summary>
    /// <remarks>Only advice, and not given on every system. What the pages hold then is undefined.</remarks>
    internal static void Discard(void* start, long bytes)
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = MAdvise((nint)start, (nuint)bytes, DiscardPages);
        }
    }

    private static InsufficientMemoryException NoMemory(long bytes) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The system gave no {bytes:N0} bytes of memory."));

    private static int Flags => OperatingSystem.IsLinux() ? PrivateAnonymousLinux : PrivateAnonymousApple;

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MMap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mremap")]
    private static partial nint MRemap(nint address, nuint bytes, nuint larger, int flags);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int MUnmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MAdvise(nint address, nuint length, int advice);

    [LibraryImport("kernel32", EntryPoint = "VirtualAlloc")]
    private static partial nint VirtualAlloc(nint address, nuint size, uint kind, uint protection);

    [LibraryImport("kernel32", EntryPoint = "VirtualFree")]
    private static partial int VirtualFree(nint address, nuint size, uint kind);
}
