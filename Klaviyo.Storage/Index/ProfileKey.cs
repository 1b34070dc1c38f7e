namespace Klaviyo.Storage.Index;

/// <summary>Names a profile inside a store: its lane, and its place among the profiles of the lane, in the order of creation.</summary>
internal readonly record struct ProfileKey(int Lane, int Ordinal)
{
    /// <summary>Gets the public id.</summary>
    internal ProfileId Id => new(((long)Ordinal << 8) | (uint)Lane);

    /// <summary>Gets the key that a public id stands for; whether there is such a profile is another question.</summary>
    internal static ProfileKey Of(ProfileId id) => new((int)(id.Value & 0xFF), checked((int)(id.Value >> 8)));
}
