using System.CommandLine;

namespace Klaviyo.Samples;

/// <summary>The options that every command takes.</summary>
internal sealed class CommonOptions
{
    internal Option<string> Data { get; } = new("--data")
    {
        Description = "The directory of the store; created on the first write.", HelpName = "DIR", Recursive = true,
    };

    internal Option<Instant?> AsOf { get; } =
        Parsed.Option<Instant?>("--as-of", "T", "The instant to answer for; now if left out.", text => Instant.Parse(text));

    internal Option<string> Zone { get; } = new("--zone")
    {
        Description = "The account's time zone, e.g. America/New_York; UTC if left out.", HelpName = "NAME", Recursive = true,
    };

    internal Option<bool> Json { get; } = new("--json")
    {
        Description = "Print JSON also at a terminal.", Recursive = true,
    };

    internal void AddTo(Command root)
    {
        AsOf.Recursive = true;
        root.Add(Data);
        root.Add(AsOf);
        root.Add(Zone);
        root.Add(Json);
    }
}
