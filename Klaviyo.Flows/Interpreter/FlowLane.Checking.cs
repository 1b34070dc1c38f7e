namespace Klaviyo.Flows.Interpreter;

// For tests: after every record that is appended, the state is the one before it with the record replayed, byte for byte. So no
// path of the live engine changes what replay would not.
internal sealed partial class FlowLane
{
    // The image of a large state is compared now and then only: it is as long as the state.
    private const int SmallMax = 256;
    private const int RecordsBetweenLarge = 1024;

    private readonly LaneState? _replayed = flows.ChecksReplay ? new LaneState() : null;
    private long _checked;

    private void CheckReplay(ReadOnlySpan<byte> record)
    {
        if (_replayed is null)
        {
            return;
        }

        Replay(_replayed, record);
        if (State.Runs.Count + State.Outbox.Messages.Count > SmallMax && ++_checked % RecordsBetweenLarge != 0)
        {
            return;
        }

        using var replayed = _replayed.Save().GetEnumerator();
        if (!State.Save().All(part => replayed.MoveNext() && part.Span.SequenceEqual(replayed.Current.Span)) || replayed.MoveNext())
        {
            throw new InvalidOperationException(
                $"Lane {lane}: after the record {Convert.ToHexStringLower(record)} the state is not what its replay gives.");
        }
    }
}
