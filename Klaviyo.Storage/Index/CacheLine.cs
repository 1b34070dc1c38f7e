using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Klaviyo.Storage.Index;

/// <summary>Asks for memory before it is needed, so that several waits for it run at the same time.</summary>
/// <remarks>
/// An event touches a dozen places that are in no cache: one after the other they take longer than all the rest of storing it.
/// Only a hint: where the processor has no such instruction nothing happens, and an address that is wrong does no harm.
/// </remarks>
internal static unsafe class CacheLine
{
    internal const int Bytes = 64;

    internal static void Fetch(nint address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0((void*)address);
        }
    }

    /// <summary>Has the beginning of an object brought into the cache, without looking at it.</summary>
    internal static void FetchObject(object? item) => Fetch(Unsafe.As<object?, nint>(ref item));

    /// <summary>Has so many bytes of an object brought into the cache.</summary>
    internal static void FetchObject(object? item, int bytes)
    {
        var start = Unsafe.As<object?, nint>(ref item);
        for (var offset = 0; offset < bytes; offset += Bytes)
        {
            Fetch(start + offset);
        }
    }

    internal static void Fetch<T>(ref readonly T place) => Fetch((nint)Unsafe.AsPointer(ref Unsafe.AsRef(in place)));
}
