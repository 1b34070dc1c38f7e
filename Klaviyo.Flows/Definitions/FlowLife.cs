namespace Klaviyo.Flows.Definitions;

/// <summary>Whether a flow is in use.</summary>
internal enum FlowLife
{
    /// <summary>Its triggers start runs.</summary>
    Live,

    /// <summary>Nothing starts; runs under way go on.</summary>
    Archived,

    /// <summary>Archived, and its runs are being ended.</summary>
    Ending,

    /// <summary>About to be deleted: its runs are being ended.</summary>
    Deleting,

    /// <summary>Gone. What it did stays readable under its name.</summary>
    Deleted,
}

/// <summary>The words of the lives, as they stand in the log.</summary>
internal static class FlowLifeText
{
    private static readonly string[] Words = ["live", "archived", "ending", "deleting", "deleted"];

    internal static string Of(FlowLife life) => Words[(int)life];

    internal static FlowLife Parse(string word)
    {
        return Array.IndexOf(Words, word) is >= 0 and var life
            ? (FlowLife)life
            : throw new InvalidDataException($"A flow cannot be '{word}'.");
    }
}
