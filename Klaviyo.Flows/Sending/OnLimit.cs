namespace Klaviyo;

/// <summary>What becomes of a message that a limit does not let through now.</summary>
public enum OnLimit
{
    /// <summary>It is skipped, with the reason, and the run goes on.</summary>
    Skip,

    /// <summary>The run stands on the step until the first instant at which it may be sent, and then sends it.</summary>
    Postpone,
}
