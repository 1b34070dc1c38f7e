namespace Klaviyo;

// The next instant at which something may change, null for never.
internal static class Boundary
{
    internal static Instant? Earlier(Instant? left, Instant? right) =>
        left is { } l && right is { } r ? (l < r ? l : r) : left ?? right;

    internal static Instant? After(Instant at, Instant candidate) => candidate > at ? candidate : null;
}
