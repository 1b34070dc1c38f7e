using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class EraseCommand : ShellCommand
{
    private readonly Argument<string> _key = KeyArgument();
    private readonly Option<bool> _suppress = new("--suppress") { Description = "Refuse its identifiers for ever." };

    internal EraseCommand()
        : base("erase", "Erases a profile, with all that was merged into it. Its bytes go with compact.")
    {
        Add(_key);
        Add(_suppress);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var key = call.Key(_key);
        await using var store = await call.OpenExistingAsync(cancellationToken);
        if (await store.EraseAsync(key, call.Value(_suppress), cancellationToken) is not { } erased)
        {
            await call.Host.Error.WriteLineAsync($"No profile has {key}.");
            return 1;
        }

        call.Print.One(writer =>
        {
            writer.WriteString("erased", erased.Profile.ToString());
            writer.WriteNumber("profiles", erased.Profiles);
            writer.WriteNumber("events", erased.Events);
        });
        return 0;
    }
}
