using Klaviyo.Storage.Index;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

/// <summary>What is known of an event of a batch before its profile is.</summary>
internal readonly ref struct EncodedEvent
{
    /// <summary>Gets whether there is anything.</summary>
    internal bool IsEncoded { get; init; }

    /// <summary>Gets the record, but for the profile with which it begins.</summary>
    internal ReadOnlySpan<byte> Tail { get; init; }

    /// <summary>Gets the metric, by code.</summary>
    internal int Metric { get; init; }

    /// <summary>Gets the hash of the unique id; 0 for none.</summary>
    internal uint UniqueId { get; init; }
}

/// <summary>Checks, hashes and encodes the events of a batch on another thread, ahead of the one that applies them.</summary>
/// <remarks>
/// <para>None of it needs the state, so the records are the same whoever makes them. The thread that applies never waits: a group
/// that is not ready when its turn comes, or an event that could not be encoded, it does itself. That is an event that uses a
/// new name, breaks a limit or is very large.</para>
/// <para>The groups lie in a ring. The worker writes only those behind the one that is being applied; where the ring is full, it
/// ends, and is started again. One worker at a time: a batch that begins while the last one's has not noticed its end goes
/// without.</para>
/// </remarks>
/// <threadsafety>One caller at a time, who holds the identity gate and those of all lanes.</threadsafety>
internal sealed class BatchEncoder
{
    /// <summary>How many writes are a group.</summary>
    internal const int GroupWrites = 16;

    // In fewer the other thread would hardly have woken.
    private const int WritesMin = 64;
    private const int RingGroups = 128;
    private const int GroupBytesMax = 32 << 10;
    private const int FirstBytes = 4 << 10;

    private readonly Group?[] _ring = new Group?[RingGroups];
    private readonly IdentifierTable _identifiers;
    private readonly RecordWriter _writer;
    private readonly Func<Action, Task> _run;
    private readonly Action _work;
    private readonly int _writeBytesMax;
    private CustomerWrite[] _writes = [];
    private int _count;
    private Instant _received;
    private bool _isNew;
    private int _next;
    private volatile int _applied = int.MaxValue;
    private volatile bool _isWorking;
    private long _ringBytes;

    /// <summary>Creates one for the only lane of a store: codes of names are the lane's.</summary>
    /// <param name="identifiers">Hashes identifiers.</param>
    /// <param name="names">The names of the lane.</param>
    /// <param name="run">Runs the worker.</param>
    /// <param name="writeBytesMax">How large a write may be.</param>
    internal BatchEncoder(IdentifierTable identifiers, NameTable names, Func<Action, Task> run, int writeBytesMax)
    {
        (_identifiers, _writeBytesMax) = (identifiers, writeBytesMax);
        _writer = new RecordWriter(names, _ => _isNew = true);
        _run = run;
        _work = Work;
    }

    /// <summary>Gets the memory that the ring has taken: it is kept for the batches to come.</summary>
    internal long RingBytes => Volatile.Read(ref _ringBytes);

    /// <summary>Begins a batch.</summary>
    /// <param name="writes">Holds the batch.</param>
    /// <param name="count">How many writes are of the batch.</param>
    /// <param name="received">When it was received.</param>
    internal void Begin(CustomerWrite[] writes, int count, Instant received)
    {
        if (count < WritesMin || _isWorking)
        {
            return;
        }

        foreach (var group in _ring)
        {
            group?.Forget();
        }

        (_writes, _count, _received, _next, _applied) = (writes, count, received, 1, 0);
        Start();
    }

    /// <summary>Gets the group that is to be applied next; null where it is not ready.</summary>
    /// <remarks>Valid until the next call.</remarks>
    internal Group? Enter(int group)
    {
        if (_applied == int.MaxValue)
        {
            return null;
        }

        _applied = group;
        if (!_isWorking && group % (RingGroups / 2) == 0 && _next * GroupWrites < _count)
        {
            Start();
        }

        return _ring[group % RingGroups] is { } encoded && encoded.IsReady(group) ? encoded : null;
    }

    /// <summary>Ends the batch.</summary>
    internal void End()
    {
        _applied = int.MaxValue;
        if (!_isWorking)
        {
            _writes = [];
        }
    }

    private void Start()
    {
        _isWorking = true;
        _ = _run(_work);
    }

    private void Work()
    {
        // One group behind the one that is being applied may be needed before it is there.
        for (var applied = _applied; applied != int.MaxValue; applied = _applied)
        {
            _next = Math.Max(_next, applied + 1);
            if (_next - applied >= RingGroups || _next * GroupWrites >= _count)
            {
                break;
            }

            ref var group = ref _ring[_next % RingGroups];
            var before = group?.RoomBytes ?? 0;
            Encode(group ??= new Group(), _next);
            Volatile.Write(ref _ringBytes, _ringBytes + group.RoomBytes - before);
            _next++;
        }

        _isWorking = false;
    }

    private void Encode(Group group, int number)
    {
        group.Begin();
        var first = number * GroupWrites;
        try
        {
            FetchEvents(first + GroupWrites);
            for (var i = first; i < Math.Min(first + GroupWrites, _count); i++)
            {
                Encode(group, i - first, _writes[i]);
            }
        }
#pragma warning disable CA1031 // Whatever is wrong with a write, the thread that applies it meets it too, and tells the caller.
        catch (Exception)
#pragma warning restore CA1031
        {
            // What was encoded until then is good.
        }

        group.Publish(number);
    }

    // What the foresight would have the applying thread's cache get, and the texts of the next group.
    private void FetchEvents(int next)
    {
        for (var i = next; i < Math.Min(next + GroupWrites, _count); i++)
        {
            if (_writes[i] is CustomerEvent happened)
            {
                foreach (ref readonly var property in happened.Properties.AsSpan())
                {
                    if (property.Value.Kind == PropertyKind.String)
                    {
                        CacheLine.FetchObject(property.Value.AsString());
                    }
                }
            }
        }

        BatchForesight.FetchWrites(new ReadOnlySpan<CustomerWrite>(_writes, 0, _count), next + GroupWrites);
    }

    private void Encode(Group group, int index, CustomerWrite write)
    {
        if (write is not CustomerEvent sent || Store.Check(write, _writeBytesMax) is not null)
        {
            return;
        }

        _isNew = false;
        var metric = _writer.CodeOf(sent.Metric);
        var tail = _writer.EventTail(sent, sent.Time ?? _received, sent.Received < _received ? sent.Received.Value : _received);
        if (!_isNew && tail.Length <= GroupBytesMax - group.Bytes)
        {
            var sought = BatchForesight.IsSought(sent) ? _identifiers.EntryOf(sent.Profile[0]) : default;
            group.Add(index, metric, UniqueIds.Hash(sent.UniqueId), sought, tail);
        }
    }

    /// <summary>Some events of a batch, one behind the other.</summary>
    internal sealed class Group
    {
        private const int Nothing = -1;
        private readonly Place[] _items = new Place[GroupWrites];
        private byte[] _bytes = new byte[FirstBytes];
        private volatile int _number = Nothing;

        /// <summary>Gets how many bytes there is room for.</summary>
        internal int RoomBytes => _bytes.Length;

        /// <summary>Gets how many bytes the records take.</summary>
        internal int Bytes { get; private set; }

        /// <summary>Gets an event.</summary>
        internal EncodedEvent this[int index]
        {
            get
            {
                ref readonly var item = ref _items[index];
                return item.Length == 0 ? default : new EncodedEvent
                {
                    IsEncoded = true,
                    Tail = _bytes.AsSpan(item.Start, item.Length),
                    Metric = item.Metric,
                    UniqueId = item.UniqueId,
                };
            }
        }

        /// <summary>Gets whether the group is ready, and is the one of a number.</summary>
        internal bool IsReady(int number) => _number == number;

        /// <summary>Gets the hash of the identifier of an event that has one; <c>default</c> where it is not known.</summary>
        internal IdentifierTable.Entry Sought(int index) => _items[index].Sought;

        /// <summary>Forgets which group it is.</summary>
        internal void Forget() => _number = Nothing;

        /// <summary>Begins another group.</summary>
        internal void Begin()
        {
            _number = Nothing;
            Array.Clear(_items);
            Bytes = 0;
        }

        /// <summary>Adds what is known of an event.</summary>
        internal void Add(int index, int metric, uint uniqueId, in IdentifierTable.Entry sought, ReadOnlySpan<byte> tail)
        {
            if (_bytes.Length - Bytes < tail.Length)
            {
                Array.Resize(ref _bytes, Math.Min(GroupBytesMax, Math.Max(Bytes + tail.Length, 2 * _bytes.Length)));
            }

            tail.CopyTo(_bytes.AsSpan(Bytes));
            _items[index] = new Place(Bytes, tail.Length, metric, uniqueId, sought);
            Bytes += tail.Length;
        }

        /// <summary>Lets the other thread have the group.</summary>
        internal void Publish(int number) => _number = number;

        private readonly record struct Place(int Start, int Length, int Metric, uint UniqueId, IdentifierTable.Entry Sought);
    }
}
