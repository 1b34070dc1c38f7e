namespace Klaviyo.Samples.Commands;

/// <summary>Prints what became of a merge or a split.</summary>
internal static class MergeAnswer
{
    internal static async Task<int> PrintAsync(Call call, MergeResult result)
    {
        if (result.Rejection is { } rejection)
        {
            await call.Host.Error.WriteLineAsync(rejection.Reason);
            return 1;
        }

        call.Print.One(writer =>
        {
            writer.WriteString("source", result.Source.ToString());
            writer.WriteString("destination", result.Destination.ToString());
        });
        return 0;
    }
}
