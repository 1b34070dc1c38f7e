namespace Klaviyo;

/// <summary>What was cancelled.</summary>
/// <param name="Runs">How many runs were ended.</param>
/// <param name="Messages">How many messages of theirs had been decided already, have no result, and go out all the same.</param>
/// <threadsafety>Immutable.</threadsafety>
public readonly record struct CancelledRuns(int Runs, int Messages);
