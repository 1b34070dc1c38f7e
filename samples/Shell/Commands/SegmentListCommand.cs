using Klaviyo.Json;

namespace Klaviyo.Samples.Commands;

internal sealed class SegmentListCommand : ShellCommand
{
    internal SegmentListCommand()
        : base("list", "Lists the segments of the store.")
    {
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenToAskAsync(cancellationToken);
        call.Print.Many(store.Segments, (writer, name) =>
        {
            writer.WriteString("name", name);
            writer.WritePropertyName("definition");
            using var definition = DefinitionText.Parse(SegmentJson.Write(store.Segment(name)!));
            definition.WriteTo(writer);
        });
        return 0;
    }
}
