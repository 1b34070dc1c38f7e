namespace Klaviyo;

/// <summary>A message that was not delivered and stays until somebody has it tried again or gives it up.</summary>
/// <param name="Key">Its idempotency key, by which it is named.</param>
/// <param name="Flow">The name of the flow.</param>
/// <param name="Step">The id of the step that sends it.</param>
/// <param name="Channel">The channel.</param>
/// <param name="Run">The run that sent it; it has gone on, is parked, or has ended.</param>
/// <param name="Profile">The profile.</param>
/// <param name="Decided">When it was decided to send it.</param>
/// <param name="Since">Since when it stays.</param>
/// <param name="Attempts">How many attempts there were.</param>
/// <param name="IsUncertain">Whether it may have been delivered: an attempt that must not be made twice has no result.</param>
/// <param name="Reason">Why it stays, for people.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record DeadLetter(
    string Key,
    string Flow,
    string Step,
    string Channel,
    RunId Run,
    ProfileId Profile,
    Instant Decided,
    Instant Since,
    int Attempts,
    bool IsUncertain,
    string Reason);
