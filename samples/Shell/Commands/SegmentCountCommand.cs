using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class SegmentCountCommand : ShellCommand
{
    private readonly Argument<string> _definition = SegmentFile.Argument();

    internal SegmentCountCommand()
        : base("count", "Counts the members.") => Add(_definition);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenToAskAsync(cancellationToken);
        var segment = await SegmentFile.ReadAsync(call, store, call.Value(_definition), cancellationToken);
        var count = store.CountSegment(segment, call.AsOf);
        call.Print.One(writer => writer.WriteNumber("count", count));
        return 0;
    }
}
