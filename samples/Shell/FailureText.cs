namespace Klaviyo.Samples;

/// <summary>Says in one line why a command failed.</summary>
internal static class FailureText
{
    internal static string Of(Exception failure)
    {
        var message = failure switch
        {
            OperationCanceledException => "Interrupted.",
            ArgumentException { ParamName: { } name } => Without(failure.Message, $" (Parameter '{name}')"),
            NullReferenceException or InvalidCastException => $"{failure.GetType().Name}: {failure.Message}",
            _ => failure.Message,
        };
        return message.ReplaceLineEndings(" ");
    }

    private static string Without(string message, string part) => message.Replace(part, "", StringComparison.Ordinal);
}
