namespace Klaviyo.Samples;

/// <summary>The command was called in a way that cannot mean anything: exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
