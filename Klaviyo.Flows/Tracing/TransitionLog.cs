using Klaviyo.Flows.Interpreter;

namespace Klaviyo.Flows.Tracing;

/// <summary>The transitions in the records of the log.</summary>
internal static class TransitionLog
{
    /// <summary>Reads every transition of a record.</summary>
    /// <exception cref="InvalidDataException">The record has an unknown format.</exception>
    internal static void Read(ReadOnlySpan<byte> record, Action<Transition> take)
    {
        if (record is [RateCodec.Format, ..])
        {
            return;
        }

        if (record is not [WalkCodec.Format, ..])
        {
            take(TransitionCodec.Read(record));
            return;
        }

        var walk = WalkCodec.Read(record);
        while (walk.MoveNext())
        {
            take(walk.Current);
        }
    }
}
