namespace Klaviyo.Flows.Interpreter;

/// <summary>How often each thing happened at a step.</summary>
internal sealed class Tally
{
    // Room for what is still to come: the places stand in images.
    private const int Kinds = 64;
    private const int Reasons = 64;
    private readonly long[] _counts = new long[Kinds + Reasons + 1];

    /// <summary>Gets how many runs ended here.</summary>
    internal long Ended => _counts[^1];

    /// <summary>Gets how often something happened.</summary>
    internal long this[DecisionKind kind] => _counts[(int)kind];

    /// <summary>Gets how often something was not done for a reason.</summary>
    internal long this[SkipReason reason] => _counts[Kinds + (int)reason];

    /// <summary>Counts a transition.</summary>
    internal void Count(in Transition transition)
    {
        _counts[(int)transition.Kind]++;
        _counts[Kinds + (int)transition.Reason] += transition.Reason == SkipReason.None ? 0 : 1;
        _counts[^1] += transition is { IsOfMessage: false, Kind: not DecisionKind.Trigger, To: < 0 } ? 1 : 0;
    }

    /// <summary>Counts a run that ended because its profile was erased.</summary>
    internal void CountErasedRun() => _counts[^1]++;

    /// <summary>Counts a message that is not sent because its profile was erased.</summary>
    internal void CountErasedMessage() => _counts[(int)DecisionKind.Withdraw]++;

    /// <summary>Makes one with the same counts.</summary>
    internal Tally Copy()
    {
        var copy = new Tally();
        copy.Add(this);
        return copy;
    }

    /// <summary>Adds the counts of another.</summary>
    internal void Add(Tally other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    /// <summary>Writes the counts that are not zero.</summary>
    internal void Save(ByteWriter writer)
    {
        writer.Unsigned(_counts.Count(n => n != 0));
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] != 0)
            {
                writer.Unsigned(i);
                writer.Unsigned(_counts[i]);
            }
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    internal void Load(ref ByteReader reader)
    {
        for (var left = reader.Int(); left > 0; left--)
        {
            var index = reader.Int();
            var count = reader.Unsigned();
            if (index >= _counts.Length)
            {
                throw new InvalidDataException($"A flow image counts the unknown thing {index}.");
            }

            _counts[index] = count;
        }
    }
}
