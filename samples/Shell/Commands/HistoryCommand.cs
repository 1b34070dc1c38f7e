using System.CommandLine;
using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Samples.Commands;

internal sealed class HistoryCommand : ShellCommand
{
    private readonly Argument<string> _key = KeyArgument();
    private readonly Option<string> _property = Flag.Text("--property", "NAME", "The values of a property.");
    private readonly Option<string> _consent = Flag.Text("--consent", "CHANNEL", "What was said about a channel.");
    private readonly Option<string> _list = Flag.Text("--list", "LIST", "When it was put on a list, and taken off.");

    internal HistoryCommand()
        : base("history", "Prints how a property, a consent or a list membership changed.")
    {
        Add(_key);
        Add(_property);
        Add(_consent);
        Add(_list);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var key = call.Key(_key);
        var asked = (call.Value(_property), call.Value(_consent), call.Value(_list));
        await using var store = await call.OpenToAskAsync(cancellationToken);
        switch (asked)
        {
            case ({ } property, null, null):
                call.Print.Many(store.PropertyHistory(key, property, call.AsOf), Write);
                break;
            case (null, { } channel, null):
                call.Print.Many(store.ConsentHistory(key, channel, call.AsOf), Write);
                break;
            case (null, null, { } list):
                call.Print.Many(store.ListHistory(key, list, call.AsOf), Write);
                break;
            default:
                throw new UsageException("One of --property NAME, --consent CHANNEL, --list LIST is needed.");
        }

        return 0;
    }

    private static void Write(Utf8JsonWriter writer, PropertyWrite write)
    {
        writer.WriteString("time", write.Time.ToString());
        writer.WritePropertyName("value");
        PropertyJson.Write(writer, write.Value);
    }

    private static void Write(Utf8JsonWriter writer, Consent consent)
    {
        writer.WriteString("time", consent.Time.ToString());
        writer.WriteString("status", ConsentWord.Of(consent.Status));
        writer.WriteString("method", consent.Method);
    }

    private static void Write(Utf8JsonWriter writer, ListChange change)
    {
        writer.WriteString("time", change.Time.ToString());
        writer.WriteBoolean("member", change.Member);
    }
}
