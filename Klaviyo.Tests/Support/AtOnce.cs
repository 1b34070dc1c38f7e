namespace Klaviyo.Tests.Support;

/// <summary>Runs background work in the foreground, so that a seed gives the same run again.</summary>
internal static class AtOnce
{
    internal static Task Run(Action work)
    {
        work();
        return Task.CompletedTask;
    }
}
