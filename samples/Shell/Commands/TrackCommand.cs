using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class TrackCommand : ShellCommand
{
    private readonly Argument<string> _key = KeyArgument();
    private readonly Argument<string> _metric = new("METRIC") { Description = "What happened, e.g. 'Placed Order'." };
    private readonly Option<double?> _value = new("--value") { Description = "How much.", HelpName = "N" };
    private readonly Option<PropertyMap?> _properties = Parsed.Properties("--properties", "Everything else about the event.");
    private readonly Option<Instant?> _time =
        Parsed.Option<Instant?>("--time", "T", "When it happened; now if left out.", text => Instant.Parse(text));

    private readonly Option<string> _uniqueId = new("--unique-id")
    {
        Description = "The sender's id: stored once per profile and metric, for ever.", HelpName = "ID",
    };

    internal TrackCommand()
        : base("track", "Stores one event.")
    {
        Add(_key);
        Add(_metric);
        Add(_value);
        Add(_properties);
        Add(_time);
        Add(_uniqueId);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var key = call.Key(_key);
        await using var store = await call.OpenAsync(cancellationToken);
        var result = await store.TrackAsync(
            key, call.Value(_metric), call.Value(_value), call.Value(_properties), call.Value(_time), call.Value(_uniqueId), cancellationToken);
        return WriteAnswer.Print(call, result);
    }
}
