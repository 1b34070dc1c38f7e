using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class IdentifyCommand : ShellCommand
{
    private readonly Argument<string> _key = KeyArgument();
    private readonly Option<PropertyMap?> _set = Flag.Properties("--set", "Properties to write; null clears one.");
    private readonly Option<Instant?> _time = Flag.Instant("--time", "When it became true; now if left out.");
    private readonly Option<string[]> _also = new("--also")
    {
        Description = "Another identifier of the same profile; may be repeated.",
        HelpName = "KEY",
    };

    internal IdentifyCommand()
        : base("identify", "Writes properties to a profile, and gives it identifiers.")
    {
        Add(_key);
        Add(_set);
        Add(_also);
        Add(_time);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        Identifier[] identifiers = [call.Key(_key), .. (call.Value(_also) ?? []).Select(Call.Key)];
        await using var store = await call.OpenAsync(cancellationToken);
        var result = await store.IdentifyAsync(identifiers, call.Value(_set), call.Value(_time), cancellationToken);
        return WriteAnswer.Print(call, result);
    }
}
