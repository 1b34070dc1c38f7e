namespace Klaviyo;

/// <summary>A part of the surface of the Earth.</summary>
/// <threadsafety>Immutable.</threadsafety>
public abstract record GeoArea
{
    private protected GeoArea()
    {
    }

    /// <summary>Gets the area in words.</summary>
    public abstract string Words { get; }

    /// <summary>Tells whether a place lies in the area; its edge belongs to it.</summary>
    public abstract bool Contains(GeoPoint place);

    /// <summary>Writes the words.</summary>
    public sealed override string ToString() => Words;
}
