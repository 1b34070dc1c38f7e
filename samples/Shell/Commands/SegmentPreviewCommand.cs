using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class SegmentPreviewCommand : ShellCommand
{
    private readonly Argument<string> _definition = SegmentFile.Argument();
    private readonly Option<int?> _limit = Limit.Option();

    internal SegmentPreviewCommand()
        : base("preview", "Counts the members and shows the first ten.")
    {
        Add(_definition);
        Add(_limit);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenToAskAsync(cancellationToken);
        var segment = await SegmentFile.ReadAsync(call, store, call.Value(_definition), cancellationToken);
        var members = store.SegmentMembers(segment, call.AsOf).ToList();
        call.Print.One(writer =>
        {
            writer.WriteNumber("count", members.Count);
            writer.WriteStartArray("members");
            foreach (var member in members.Take(call.Value(_limit) ?? 10))
            {
                writer.WriteStartObject();
                AnswerJson.Write(writer, member);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
        return 0;
    }
}
