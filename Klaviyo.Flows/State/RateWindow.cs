using Klaviyo.Flows.Interpreter;
using Klaviyo.Storage.Images;

namespace Klaviyo.Flows.State;

/// <summary>What went through a line lately: so many at each instant, as far back as the limit looked when the last one went.</summary>
/// <remarks>
/// A message counts from when it is taken, and its instant is known when its attempt has begun; until then it counts at every
/// instant. So the count is never too low, also where the process ended in between.
/// </remarks>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class RateWindow
{
    private readonly Queue<(long AtMs, int Count)> _passed = new();
    private long _lastMs = long.MinValue;
    private int _atLast;
    private int _count;

    /// <summary>Gets or sets the image under way that it is a page of; null for none.</summary>
    internal PagedImage? Image { get; set; }

    /// <summary>Gets or sets which page of the image it is.</summary>
    internal int Page { get; set; }

    /// <summary>Gets how many were taken whose attempt is not known to have begun.</summary>
    internal int Open { get; private set; }

    /// <summary>Gets when the last one was taken or let through, in milliseconds.</summary>
    internal long TakenMs { get; private set; } = long.MinValue;

    /// <summary>Gets the flow of the last one, by number; −1 for none.</summary>
    internal int LastFlow { get; private set; } = -1;

    /// <summary>Gets the length of the window when the last one went, in milliseconds.</summary>
    internal long WindowMs { get; private set; }

    /// <summary>Takes a change in.</summary>
    /// <exception cref="InvalidDataException">More is settled than was taken.</exception>
    internal void Apply(in RateChange change)
    {
        if (change.Kind == RateChangeKind.Settle)
        {
            Open -= change.Count;
            if (Open < 0)
            {
                throw new InvalidDataException($"The line '{change.Line}' settles more than was taken.");
            }

            Add(change.At.UnixMs, change.Count);
            ForgetOld();
            return;
        }

        (TakenMs, LastFlow, WindowMs) = (Math.Max(TakenMs, change.At.UnixMs), change.Flow, change.WindowMs);
        if (change.Kind == RateChangeKind.Take)
        {
            Open++;
        }
        else
        {
            Add(change.At.UnixMs, 1);
            ForgetOld();
        }
    }

    /// <summary>Gets how many count at an instant.</summary>
    internal int Used(Instant at, RateLimit limit)
    {
        var used = Open + _count;
        foreach (var (ms, count) in Passed())
        {
            if (ms > at.UnixMs - limit.WindowMs)
            {
                break;
            }

            used -= count;
        }

        return used;
    }

    /// <summary>Gets the instants at which any went through, and how many.</summary>
    internal IEnumerable<(long AtMs, int Count)> Passed() => _atLast == 0 ? _passed : _passed.Append((_lastMs, _atLast));

    /// <summary>Writes it; the same bytes for the same state.</summary>
    internal void Save(ByteWriter writer)
    {
        writer.Unsigned(Open);
        writer.Signed(TakenMs);
        writer.Unsigned(LastFlow + 1);
        writer.Unsigned(WindowMs);
        writer.Unsigned(Passed().Count());
        foreach (var (at, count) in Passed())
        {
            writer.Signed(at);
            writer.Unsigned(count);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    internal static RateWindow Load(ref ByteReader reader)
    {
        var window = new RateWindow
        {
            Open = reader.Int(),
            TakenMs = reader.Signed(),
            LastFlow = reader.Int() - 1,
            WindowMs = reader.Unsigned(),
        };
        for (var left = reader.Int(); left > 0; left--)
        {
            window.Add(reader.Signed(), reader.Int());
        }

        return window;
    }

    // A clock that is set back does not make room.
    private void Add(long atMs, int count)
    {
        if (atMs > _lastMs)
        {
            if (_atLast > 0)
            {
                _passed.Enqueue((_lastMs, _atLast));
            }

            (_lastMs, _atLast) = (atMs, 0);
        }

        _atLast += count;
        _count += count;
    }

    private void ForgetOld()
    {
        while (_passed.TryPeek(out var first) && first.AtMs <= _lastMs - WindowMs)
        {
            _count -= _passed.Dequeue().Count;
        }
    }
}
