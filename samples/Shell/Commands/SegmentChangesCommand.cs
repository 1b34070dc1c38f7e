using System.CommandLine;
using System.Text.Json;

namespace Klaviyo.Samples.Commands;

internal sealed class SegmentChangesCommand : ShellCommand
{
    private readonly Argument<string?> _name = new("NAME")
    {
        Description = "The segment; without it, all of them.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> _from = Flag.Text("--from", "POSITION", "Where an earlier call ended: the last \"next\".");

    internal SegmentChangesCommand()
        : base("changes", "Lists who entered and left segments, when, and what did it.")
    {
        Add(_name);
        Add(_from);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var from = call.Value(_from) is { } text ? StorePosition.Parse(text) : null;
        await using var store = await call.OpenToAskAsync(cancellationToken);
        await store.RunSegmentsAsync(cancellationToken);
        call.Print.Many(store.SegmentChanges(call.Value(_name), from), Write);
        return 0;
    }

    private static void Write(Utf8JsonWriter writer, SegmentChange change)
    {
        writer.WriteString("segment", change.Segment);
        writer.WriteString("profile", change.Profile.ToString());
        writer.WriteString("change", change.Entered ? "enter" : "exit");
        writer.WriteString("at", change.At.ToString());
        writer.WriteString("cause", JsonNamingPolicy.KebabCaseLower.ConvertName(change.Cause.ToString()));
        writer.WriteString("next", change.Next.ToString());
    }
}
