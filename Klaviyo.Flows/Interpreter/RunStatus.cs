namespace Klaviyo;

/// <summary>What a run is doing. The numbers stand in the image of the state.</summary>
public enum RunStatus
{
    /// <summary>Its trigger fired; it has not had its first turn.</summary>
    Triggered = 0,

    /// <summary>It stands before its step and is about to take it.</summary>
    Ready = 1,

    /// <summary>It waits for a delay to end.</summary>
    Waiting = 2,

    /// <summary>It stands on its step and is asked again when its profile is written to, or at an instant.</summary>
    Awaiting = 3,

    /// <summary>Its step failed; it stands there until somebody releases it, passes the step over, or cancels the run.</summary>
    Parked = 4,
}
