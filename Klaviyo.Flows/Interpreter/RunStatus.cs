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

    /// <summary>It sent a message and stands on the step until there is a result.</summary>
    Sending = 5,

    /// <summary>There is a result for which it stood, and no error: it is about to go on.</summary>
    Sent = 6,

    /// <summary>The message for which it stood was not delivered: it is about to end, or to be parked.</summary>
    Unsent = 7,
}
