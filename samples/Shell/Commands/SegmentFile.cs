using System.CommandLine;
using Klaviyo.Json;

namespace Klaviyo.Samples.Commands;

/// <summary>Where a command gets a segment from: a file, standard input, or the store.</summary>
internal static class SegmentFile
{
    internal static Argument<string> Argument() => new("DEF")
    {
        Description = "The definition: a JSON file, - for standard input, or the name of a segment of the store.",
    };

    internal static async Task<SegmentDefinition> ReadAsync(
        Call call, CustomerDatabase store, string source, CancellationToken cancellationToken)
    {
        if (!File.Exists(source) && source != "-" && store.Segment(source) is { } kept)
        {
            return kept;
        }

        var segment = SegmentJson.Parse(await InputFile.ReadAsync(call, source, cancellationToken));
        await call.WarnAsync(store.CheckSegment(segment));
        return segment;
    }
}
