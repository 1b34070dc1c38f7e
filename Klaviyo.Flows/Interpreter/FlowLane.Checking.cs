using System.Buffers;

namespace Klaviyo.Flows.Interpreter;

// For tests: after every record that is appended, the state is the one before it with the record replayed, byte for byte. So no
// path of the live engine changes what replay would not.
internal sealed partial class FlowLane
{
    private readonly LaneState? _replayed = flows.ChecksReplay ? new LaneState() : null;

    private void CheckReplay(ReadOnlySpan<byte> record)
    {
        if (_replayed is null)
        {
            return;
        }

        Replay(_replayed, record);
        var (live, replayed) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        State.Save(live);
        _replayed.Save(replayed);
        if (!live.WrittenSpan.SequenceEqual(replayed.WrittenSpan))
        {
            throw new InvalidOperationException(
                $"Lane {lane}: after the record {Convert.ToHexStringLower(record)} the state is not what its replay gives.");
        }
    }
}
