namespace Klaviyo.Storage.Errors;

/// <summary>Tells what a definition does wrong, which is its own, from what the disk or the machine does, which is everybody's.</summary>
internal static class DefinitionFault
{
    /// <summary>What is asked of a profile at an instant.</summary>
    internal delegate bool Question(in EvaluationContext context);

    /// <summary>Whether an exception that ended an evaluation is of what was evaluated.</summary>
    internal static bool Is(Exception fault)
    {
        return fault is not (IOException or StoreCorruptedException or StorePoisonedException or ObjectDisposedException
            or OutOfMemoryException);
    }

    /// <summary>Asks where no is the answer of what cannot be evaluated.</summary>
    internal static bool IsYes(Question holds, in EvaluationContext context)
    {
        try
        {
            return holds(context);
        }
        catch (Exception fault) when (Is(fault))
        {
            return false;
        }
    }
}
