using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class ProfileCommand : ShellCommand
{
    private readonly Argument<string> _key = KeyArgument();

    internal ProfileCommand()
        : base("profile", "Prints a profile whole: identifiers, properties, consents, lists, segments, runs, totals.")
    {
        Add(_key);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var key = call.Key(_key);
        await using var store = await call.OpenToAskAsync(cancellationToken);
        if (store.Profile(key, call.AsOf) is not { } profile)
        {
            await call.Host.Error.WriteLineAsync($"There is no profile {key}.");
            return 1;
        }

        call.Print.One(writer => ProfileDocument.Write(writer, profile, (store as CustomerPlatform)?.Runs(key) ?? []));
        return 0;
    }
}
