namespace Klaviyo.Flows.State;

/// <summary>The names of the lines in which runs and messages stand for a rate limit. They stand in the log.</summary>
internal static class LineNames
{
    private const string Channel = "channel ";

    /// <summary>Gets the line of a step, over all versions of its flow.</summary>
    internal static string OfStep(string flow, string step) => $"step {flow}/{step}";

    /// <summary>Gets the line of a channel, over all flows.</summary>
    internal static string OfChannel(string channel) => Channel + channel;

    /// <summary>Tells whether a line is that of a channel.</summary>
    internal static bool IsOfChannel(string line) => line.StartsWith(Channel, StringComparison.Ordinal);

    /// <summary>Gets the channel of a line in which messages stand.</summary>
    internal static string ChannelOf(string line) => line[Channel.Length..];
}
