namespace Klaviyo;

/// <summary>Bytes of the store that must be there are missing or not what was written.</summary>
/// <remarks>
/// <para>Thrown instead of an answer: damaged data is never returned and never skipped in silence.
/// What was not asked for stays readable.</para>
/// <para>Restore the named file from a backup, or restore the whole directory.</para>
/// </remarks>
public sealed class StoreCorruptedException : Exception
{
    /// <summary>Initializes the exception with the place of the damage.</summary>
    /// <param name="file">The file, relative to the store's directory, such as <c>lane-0/log.0</c>.</param>
    /// <param name="offset">The byte offset in the file; 0 when the whole file is meant.</param>
    /// <param name="address">The log address of the damaged record, or null where no record is meant.</param>
    /// <param name="sequence">The sequence number that was expected there, or null when it is not known.</param>
    /// <param name="message">What is wrong, in a sentence.</param>
    public StoreCorruptedException(string file, long offset, long? address, long? sequence, string message)
        : base($"{message} (file {file}, offset {offset}{Place(address, sequence)})")
    {
        File = file;
        Offset = offset;
        Address = address;
        Sequence = sequence;
    }

    /// <summary>Gets the damaged file, relative to the store's directory.</summary>
    public string File { get; }

    /// <summary>Gets the byte offset of the damage in the file; 0 when the whole file is meant.</summary>
    public long Offset { get; }

    /// <summary>Gets the log address of the damaged record, or null where no record is meant.</summary>
    public long? Address { get; }

    /// <summary>Gets the sequence number that was expected at the place, or null when it is not known.</summary>
    public long? Sequence { get; }

    private static string Place(long? address, long? sequence) =>
        (address is null ? "" : $", address {address}") + (sequence is null ? "" : $", sequence {sequence}");
}
