namespace Klaviyo;

/// <summary>Why something was not done.</summary>
public enum SkipReason
{
    /// <summary>It was done.</summary>
    None = 0,

    /// <summary>The profile has no address on the channel.</summary>
    NoAddress = 1,

    /// <summary>The profile did not agree to marketing on the channel, or withdrew.</summary>
    NoConsent = 2,

    /// <summary>The profile must not be written to.</summary>
    Suppressed = 3,

    /// <summary>The text could not be made.</summary>
    TemplateError = 4,

    /// <summary>The step is a draft, manual or disabled.</summary>
    StepDisabled = 5,

    /// <summary>The profile no longer passes the filter of the flow; the run ends.</summary>
    FilterFailed = 6,

    /// <summary>The profile does not pass the filter of this message; the run goes on.</summary>
    MessageFilterFailed = 7,

    /// <summary>The profile got as many messages as it may.</summary>
    FrequencyCap = 8,

    /// <summary>It is not the hour for messages, and the policy is not to wait.</summary>
    QuietHours = 9,

    /// <summary>The profile entered the flow before and may not again, or not yet.</summary>
    ReentryNotAllowed = 10,

    /// <summary>The profile was on the list already.</summary>
    NotNewOnList = 11,

    /// <summary>Something failed while it was decided whether to enter; the detail says what.</summary>
    Error = 12,

    /// <summary>Somebody had the step passed over.</summary>
    ByHand = 13,

    /// <summary>
    /// The instant at which the run was to start is no longer one: the date has been changed, the profile left the group, the flow was
    /// paused then or has a newer version, or another run of the profile is for the same instant.
    /// </summary>
    TriggerPassed = 14,

    /// <summary>The message was not delivered, and the run ends where that happens.</summary>
    NotDelivered = 15,

    /// <summary>The flow was archived before the run entered, or deleted before the message went out.</summary>
    FlowArchived = 16,
}

/// <summary>The words of the reasons.</summary>
public static class SkipReasonText
{
    /// <summary>Gets the word of a reason as JSON shows it, e.g. <c>no-consent</c>; empty for <see cref="SkipReason.None"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a reason.</exception>
    public static string Of(SkipReason reason)
    {
        return reason switch
        {
            SkipReason.None => "",
            SkipReason.NoAddress => "no-address",
            SkipReason.NoConsent => "no-consent",
            SkipReason.Suppressed => "suppressed",
            SkipReason.TemplateError => "template-error",
            SkipReason.StepDisabled => "step-disabled",
            SkipReason.FilterFailed => "filter-failed",
            SkipReason.MessageFilterFailed => "message-filter-failed",
            SkipReason.FrequencyCap => "frequency-cap",
            SkipReason.QuietHours => "quiet-hours",
            SkipReason.ReentryNotAllowed => "reentry-not-allowed",
            SkipReason.NotNewOnList => "not-new-on-list",
            SkipReason.Error => "error",
            SkipReason.ByHand => "by-hand",
            SkipReason.TriggerPassed => "trigger-passed",
            SkipReason.NotDelivered => "not-delivered",
            SkipReason.FlowArchived => "flow-archived",
            _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Not a reason."),
        };
    }
}
