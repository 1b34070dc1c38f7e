using Klaviyo.Flows.State;

namespace Klaviyo.Flows.Outbox;

/// <summary>The messages that a turn hands over next: no more than a slice, and to no channel more than it has room for.</summary>
/// <remarks>Room is what there was when the batch was begun. It only grows meanwhile: only turns hand over.</remarks>
internal sealed class OfferBatch(ChannelSender sender)
{
    private const int Slice = 512;

    private readonly Dictionary<string, int> _room = new(StringComparer.Ordinal);

    /// <summary>Gets the messages.</summary>
    internal List<Offer> Offers { get; } = [];

    /// <summary>Gets about how many a lane adds at a time.</summary>
    internal static int SliceOfLane => Slice;

    /// <summary>Gets whether it is a slice.</summary>
    internal bool IsFull => Offers.Count >= Slice;

    /// <summary>Tells whether a channel takes one more.</summary>
    internal bool HasRoom(string channel) => RoomOf(channel) > 0;

    /// <summary>Tells whether the channel of a line takes one more, where it is one of a channel.</summary>
    internal bool HasRoomIn(string line) => !LineNames.IsOfChannel(line) || HasRoom(LineNames.ChannelOf(line));

    /// <summary>Adds a message to a channel that has room.</summary>
    internal void Add(Offer offer)
    {
        _room[offer.Message.Channel] = RoomOf(offer.Message.Channel) - 1;
        Offers.Add(offer);
    }

    private int RoomOf(string channel)
    {
        return _room.TryGetValue(channel, out var room) ? room : _room[channel] = sender.RoomOf(channel);
    }
}
