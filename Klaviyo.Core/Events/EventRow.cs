namespace Klaviyo;

/// <summary>One event as an evaluation sees it: when, how much, and where the rest of it is.</summary>
/// <param name="Time">When it happened.</param>
/// <param name="Value">Its value; <see cref="double.NaN"/> where none was given.</param>
/// <param name="Id">Names the event in the store; asks for its properties.</param>
/// <threadsafety>This type is an immutable value type.</threadsafety>
public readonly record struct EventRow(Instant Time, double Value, EventId Id);
