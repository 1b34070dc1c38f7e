using Klaviyo.Channels;

namespace Klaviyo.Flows.Outbox;

/// <summary>What one channel has to send: in the order in which it came, the messages of one profile one after the other.</summary>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class ChannelQueue(IChannel channel)
{
    private const int CallsToForget = 16;

    // A thread is started in far less. On a busy machine any call takes as long now and then, because its thread has to wait: so
    // several have to, one after the other, or one for longer than that.
    private const int LongCallsInRow = 4;
    private static readonly TimeSpan LongCall = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan VeryLongCall = TimeSpan.FromMilliseconds(50);

    private readonly Queue<Offer> _ready = new();

    // Of each profile that has a message here, those behind it; null for none.
    private readonly Dictionary<ProfileId, Queue<Offer>?> _behind = [];

    // Nobody knows of the first call.
    private int _callsSinceLong;
    private int _longInRow;

    /// <summary>Gets the channel.</summary>
    internal IChannel Channel => channel;

    /// <summary>Gets how many messages are here, those of which an attempt is under way among them.</summary>
    internal int Count { get; private set; }

    /// <summary>Gets or sets how many attempts may be under way by now.</summary>
    internal int Workers { get; set; }

    /// <summary>Gets whether the channel may keep the thread that calls it for long: it did lately.</summary>
    internal bool KeepsThread => _callsSinceLong < CallsToForget;

    /// <summary>Gets whether there is a message that can be sent now.</summary>
    internal bool IsReady => _ready.Count > 0;

    /// <summary>Adds a message.</summary>
    internal void Add(Offer offer)
    {
        Count++;
        if (!_behind.TryGetValue(offer.Message.Profile, out var behind))
        {
            _behind.Add(offer.Message.Profile, null);
            _ready.Enqueue(offer);
            return;
        }

        if (behind is null)
        {
            _behind[offer.Message.Profile] = behind = new Queue<Offer>();
        }

        behind.Enqueue(offer);
    }

    /// <summary>Takes the next message.</summary>
    internal bool TryTake(out Offer offer) => _ready.TryDequeue(out offer!);

    /// <summary>Notes that the attempt of a message is over: the next one of the profile may be sent.</summary>
    /// <param name="offer">The message.</param>
    /// <param name="called">For how long the channel kept the thread.</param>
    internal void Done(Offer offer, TimeSpan called)
    {
        Count--;
        _longInRow = called < LongCall ? 0 : _longInRow + 1;
        var isLong = called >= VeryLongCall || _longInRow >= LongCallsInRow;
        _callsSinceLong = isLong ? 0 : Math.Min(_callsSinceLong + 1, CallsToForget);
        if (_behind[offer.Message.Profile] is { Count: > 0 } behind)
        {
            _ready.Enqueue(behind.Dequeue());
        }
        else
        {
            _behind.Remove(offer.Message.Profile);
        }
    }
}
