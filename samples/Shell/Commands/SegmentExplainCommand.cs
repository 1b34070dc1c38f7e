using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class SegmentExplainCommand : ShellCommand
{
    private readonly Argument<string> _definition = SegmentFile.Argument();
    private readonly Option<string> _profile = Flag.Text("--profile", "KEY", "The profile: KIND:VALUE.");

    internal SegmentExplainCommand()
        : base("explain", "Tells why a profile is a member or not, and until when.")
    {
        _profile.Required = true;
        Add(_definition);
        Add(_profile);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var key = Call.Key(call.Value(_profile)!);
        await using var store = await call.OpenToAskAsync(cancellationToken);
        var segment = await SegmentFile.ReadAsync(call, store, call.Value(_definition), cancellationToken);
        if (store.ExplainSegment(key, segment, call.AsOf) is not { } explanation)
        {
            await call.Host.Error.WriteLineAsync($"There is no profile {key}.");
            return 1;
        }

        if (call.Print.AsJson)
        {
            call.Print.One(writer => AnswerJson.Write(writer, explanation));
        }
        else
        {
            call.Print.Console.Write(ExplanationTree.Of(explanation));
        }

        return 0;
    }
}
