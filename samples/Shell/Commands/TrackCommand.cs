using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class TrackCommand : ShellCommand
{
    private readonly Argument<string> _key = KeyArgument();
    private readonly Argument<string> _metric = new("METRIC") { Description = "What happened, e.g. 'Placed Order'." };
    private readonly Option<double?> _value = Flag.Number("--value", "How much, e.g. 12.5.");
    private readonly Option<Instant?> _time = Flag.Instant("--time", "When it happened; now if left out.");
    private readonly Option<PropertyMap?> _properties =
        Flag.Properties("--properties", "Everything else about the event.");

    private readonly Option<string> _uniqueId =
        Flag.Text("--unique-id", "ID", "The sender's id: stored once per profile and metric, for ever.");

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
        var sent = new CustomerEvent
        {
            Profile = [call.Key(_key)],
            Metric = call.Value(_metric),
            Value = call.Value(_value),
            Properties = call.Value(_properties) ?? [],
            Time = call.Value(_time),
            UniqueId = call.Value(_uniqueId),
        };
        await using var store = await call.OpenAsync(cancellationToken);
        var result = await store.WriteAsync(sent, cancellationToken);
        return WriteAnswer.Print(call, result);
    }
}
