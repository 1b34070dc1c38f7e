using System.CommandLine;
using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Samples.Commands;

internal sealed class ObjectCommand : ShellCommand
{
    private readonly Argument<string> _type = new("TYPE") { Description = "E.g. account." };
    private readonly Argument<string?> _key = new("ID")
    {
        Description = "Its id within the type; left out for all of the type.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<PropertyMap?> _set = Flag.Properties("--set", "Properties to write first; null clears one.");
    private readonly Option<Instant?> _time = Flag.Instant("--time", "From when they hold; now if left out.");

    internal ObjectCommand()
        : base("object", "Prints an account or custom object, or all of a type; with --set, writes it.")
    {
        Add(_type);
        Add(_key);
        Add(_set);
        Add(_time);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var (type, key, set) = (call.Value(_type), call.Value(_key), call.Value(_set));
        if (key is null)
        {
            await using var all = await call.OpenToAskAsync(cancellationToken);
            call.Print.Many(all.Objects(type, call.AsOf), Write);
            return 0;
        }

        return set is null
            ? await PrintAsync(call, type, key, cancellationToken)
            : await WriteAsync(call, Identifier.Object(type, key), set, cancellationToken);
    }

    private async Task<int> WriteAsync(Call call, Identifier key, PropertyMap set, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenAsync(cancellationToken);
        return WriteAnswer.Print(call, await store.IdentifyAsync([key], set, call.Value(_time), cancellationToken));
    }

    private static async Task<int> PrintAsync(Call call, string type, string key, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenToAskAsync(cancellationToken);
        if (store.Object(type, key, call.AsOf) is not { } found)
        {
            await call.Host.Error.WriteLineAsync($"There is no {type} {key}.");
            return 1;
        }

        call.Print.One(writer => Write(writer, found));
        return 0;
    }

    private static void Write(Utf8JsonWriter writer, CustomerObject found)
    {
        writer.WriteString("id", found.Id.ToString());
        writer.WriteString("type", found.Type);
        writer.WriteString("key", found.Key);
        writer.WriteString("created", found.Created.ToString());
        writer.WritePropertyName("properties");
        PropertyJson.Write(writer, found.Properties);
        writer.WriteStartObject("metrics");
        foreach (var (metric, totals) in found.Metrics)
        {
            writer.WriteNumber(metric, totals.Count);
        }

        writer.WriteEndObject();
    }
}
