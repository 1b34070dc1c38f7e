namespace Klaviyo;

internal static class SequenceSteps
{
    // The first step that happened; the number of steps where none did.
    internal static int FirstHappened(this ReadOnlySpan<SequenceStep> steps)
    {
        var first = 0;
        while (first < steps.Length && !steps[first].Happened)
        {
            first++;
        }

        return first;
    }

    // The last step that happened; -1 where none did.
    internal static int LastHappened(this ReadOnlySpan<SequenceStep> steps)
    {
        var last = steps.Length - 1;
        while (last >= 0 && !steps[last].Happened)
        {
            last--;
        }

        return last;
    }
}
