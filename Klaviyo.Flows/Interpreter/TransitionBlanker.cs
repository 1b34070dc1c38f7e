using Klaviyo.Storage.Erasing;

namespace Klaviyo.Flows.Interpreter;

/// <summary>Takes what is about a profile out of transitions: times, events and texts. The steps stay, as counts.</summary>
/// <remarks>
/// The runs of an erased profile are dropped by its erasure, so of their transitions only what is counted outlives it: which
/// flow, which step, what happened, and the numbers of runs and slots. All else becomes zero, in as many bytes as before.
/// </remarks>
internal sealed class TransitionBlanker(ErasedOwners owners) : IRecordBlanker
{
    private readonly HashSet<long> _runs = [];

    /// <inheritdoc/>
    public bool TryBlank(ReadOnlySpan<byte> record, long sequence, Span<byte> blank)
    {
        if (record is [RateCodec.Format, ..])
        {
            return false;
        }

        if (record is [WalkCodec.Format, ..])
        {
            if (!_runs.Contains(WalkCodec.Read(record).Run))
            {
                return false;
            }

            record.CopyTo(blank);
            WalkCodec.Blank(blank);
            return !record.SequenceEqual(blank);
        }

        var transition = TransitionCodec.Read(record);
        if (transition.Kind == DecisionKind.Trigger && owners.IsOfErased(transition.Start.Ordinal, sequence))
        {
            _runs.Add(transition.Run);
        }

        if (!_runs.Contains(transition.Run))
        {
            return false;
        }

        record.CopyTo(blank);
        TransitionCodec.Blank(blank, transition.Kind);
        return !record.SequenceEqual(blank);
    }
}
