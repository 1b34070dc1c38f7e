namespace Klaviyo.Storage.Lanes;

/// <summary>Holds the gates of some neighbouring lanes; dispose to leave them.</summary>
/// <remarks>Gates are always entered in ascending order, so two holders never wait for each other.</remarks>
internal readonly ref struct GateScope
{
    private readonly ReadOnlySpan<Lane> _lanes;

    internal GateScope(ReadOnlySpan<Lane> lanes)
    {
        _lanes = lanes;
        foreach (var lane in lanes)
        {
            lane.Enter();
        }
    }

    /// <summary>Gets whether every lane is held.</summary>
    internal int Count => _lanes.Length;

    public void Dispose()
    {
        foreach (var lane in _lanes)
        {
            lane.Exit();
        }
    }
}
