using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class ConsentCommand : ShellCommand
{
    private readonly Argument<string> _key = KeyArgument();
    private readonly Argument<string> _channel = new("CHANNEL") { Description = "email, sms, push, or another." };
    private readonly Argument<string> _status = new("STATUS")
    {
        Description = "subscribed, unsubscribed, suppressed or never_subscribed.",
    };

    private readonly Option<string> _method = Flag.Text("--method", "TEXT", "How it was given, e.g. form.");
    private readonly Option<Instant?> _time = Flag.Instant("--time", "When it was said; now if left out.");

    internal ConsentCommand()
        : base("consent", "Stores what a profile said about a channel, or that it must not be written to.")
    {
        _status.AcceptOnlyFromAmong([.. ConsentWord.All]);
        Add(_key);
        Add(_channel);
        Add(_status);
        Add(_method);
        Add(_time);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var said = new ConsentWrite
        {
            Profile = [call.Key(_key)],
            Channel = call.Value(_channel),
            Status = ConsentWord.Read(call.Value(_status)),
            Method = call.Value(_method) ?? "",
            Time = call.Value(_time),
        };
        await using var store = await call.OpenAsync(cancellationToken);
        return WriteAnswer.Print(call, await store.WriteAsync(said, cancellationToken));
    }
}
