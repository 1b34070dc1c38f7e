namespace Klaviyo;

/// <summary>Whether a step acts.</summary>
public enum StepStatus
{
    /// <summary>Not ready: it is skipped.</summary>
    Draft,

    /// <summary>For a person to release: it is skipped.</summary>
    Manual,

    /// <summary>It acts.</summary>
    Live,

    /// <summary>Switched off: it is skipped.</summary>
    Disabled,
}

/// <summary>The words of the statuses in JSON.</summary>
internal static class StepStatusText
{
    internal static string Of(StepStatus status)
    {
        return status switch
        {
            StepStatus.Draft => "draft",
            StepStatus.Manual => "manual",
            StepStatus.Live => "live",
            StepStatus.Disabled => "disabled",
            _ => throw new ArgumentOutOfRangeException(nameof(status), status, "Not a status of a step."),
        };
    }
}
