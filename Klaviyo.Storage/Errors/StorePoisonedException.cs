namespace Klaviyo;

/// <summary>
/// A write to the store's disk failed, or a write could be applied in part only; the store takes no more writes until it is closed and opened again.
/// </summary>
/// <remarks>
/// <para>Questions go on being answered. A write that was not acknowledged when this was thrown is, after the next
/// open, either wholly there or not at all; everything acknowledged is there.</para>
/// <para>A failed write or sync is never tried again: after one, a disk may report success for bytes that it lost.
/// The first cause is <see cref="Exception.InnerException"/> of every exception of this type.</para>
/// </remarks>
public sealed class StorePoisonedException : Exception
{
    /// <summary>Initializes the exception with the first failure.</summary>
    /// <param name="cause">What failed first.</param>
    public StorePoisonedException(Exception cause)
        : base($"The store takes no writes since {What(cause)}: {cause?.Message} Close it and open it again.", cause)
    {
    }

    private static string What(Exception? cause) =>
        cause is IOException or StoreCorruptedException ? "its disk failed" : "a write failed half-way";
}
