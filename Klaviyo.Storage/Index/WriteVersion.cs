namespace Klaviyo.Storage.Index;

/// <summary>Lets readers look at what one writer at a time changes, without keeping him out: they see whether he was there.</summary>
/// <remarks>
/// A sequence lock: odd while it is written to. What is read meanwhile may be anything that was there once, so a reader must be
/// able to stand that until he asks whether it counts.
/// </remarks>
/// <threadsafety>Any number of readers. Writers keep each other out by a lock of their own.</threadsafety>
internal struct WriteVersion
{
    private long _version;

    /// <summary>Gets a number that is another one after every change.</summary>
    internal readonly long Number => _version;

    /// <summary>Says that a change begins.</summary>
    internal void Begin()
    {
        _version++;
        Volatile.WriteBarrier();
    }

    /// <summary>Says that a change is done.</summary>
    internal void End() => Volatile.Write(ref _version, _version + 1);

    /// <summary>Begins to read.</summary>
    /// <returns><see langword="false"/> while a change is under way.</returns>
    internal bool TryRead(out long version)
    {
        version = Volatile.Read(ref _version);
        return (version & 1) == 0;
    }

    /// <summary>Tells whether nothing has changed since reading began.</summary>
    internal bool IsStill(long version)
    {
        Volatile.ReadBarrier();
        return _version == version;
    }
}
