namespace Klaviyo.Storage.Errors;

/// <summary>Tells what a definition does wrong, which is its own, from what the disk or the machine does, which is everybody's.</summary>
internal static class DefinitionFault
{
    /// <summary>Whether an exception that ended an evaluation is of what was evaluated.</summary>
    internal static bool Is(Exception fault)
    {
        return fault is not (IOException or StoreCorruptedException or StorePoisonedException or ObjectDisposedException
            or OutOfMemoryException);
    }
}
