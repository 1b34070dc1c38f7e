namespace Klaviyo;

/// <summary>What stays at a step until somebody decides.</summary>
/// <param name="Parked">How many runs are parked there.</param>
/// <param name="DeadLetters">How many messages of the step were not delivered.</param>
/// <threadsafety>Immutable.</threadsafety>
public readonly record struct StepBacklog(int Parked, int DeadLetters);
