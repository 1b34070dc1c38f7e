using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class SegmentMembersCommand : ShellCommand
{
    private readonly Argument<string> _definition = SegmentFile.Argument();

    internal SegmentMembersCommand()
        : base("members", "Lists the members, ordered by id.") => Add(_definition);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenToAskAsync(cancellationToken);
        var segment = await SegmentFile.ReadAsync(call, store, call.Value(_definition), cancellationToken);
        call.Print.Many(store.SegmentMembers(segment, call.AsOf), AnswerJson.Write);
        return 0;
    }
}
