namespace Klaviyo.Samples;

/// <summary>Says in one line why a command failed.</summary>
internal static class FailureText
{
    internal static string Of(Exception failure)
    {
        var message = failure switch
        {
            OperationCanceledException => "Interrupted.",
            ArgumentException { ParamName: { } name } => failure.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal),
            NullReferenceException or IndexOutOfRangeException or InvalidCastException => $"{failure.GetType().Name}: {failure.Message}",
            _ => failure.Message,
        };
        return message.ReplaceLineEndings(" ");
    }
}
