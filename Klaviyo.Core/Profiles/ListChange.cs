namespace Klaviyo;

/// <summary>A profile was put on a list, or taken off.</summary>
/// <param name="Time">When.</param>
/// <param name="Member">Whether it was put on the list.</param>
public readonly record struct ListChange(Instant Time, bool Member);
