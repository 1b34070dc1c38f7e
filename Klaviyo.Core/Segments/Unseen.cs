namespace Klaviyo;

// Something that a definition carries along and that is no part of what it says: all are equal, so that the records that hold
// one are equal without regard to it.
internal readonly struct Unseen<T>(T? value) : IEquatable<Unseen<T>>
    where T : class
{
    internal T? Value { get; } = value;

    public bool Equals(Unseen<T> other) => true;

    public override bool Equals(object? obj) => obj is Unseen<T>;

    public override int GetHashCode() => 0;
}
