using System.CommandLine;
using System.Globalization;

namespace Klaviyo.Samples;

/// <summary>The options that every command takes.</summary>
internal sealed class CommonOptions
{
    private const long BytesPerMiB = 1 << 20;

    internal Option<string> Data { get; } =
        Flag.Text("--data", "DIR", "The directory of the store; created on the first write.");

    internal Option<Instant?> AsOf { get; } = Flag.Instant("--as-of", "The instant to answer for; now if left out.");

    internal Option<string> Zone { get; } =
        Flag.Text("--zone", "NAME", "The account's time zone, e.g. America/New_York; UTC if left out.");

    internal Option<long?> Memory { get; } = Flag.Parsed<long?>(
        "--memory",
        "MIB",
        "The memory that the store may take, in MiB; a quarter of the machine's if left out.",
        text => checked(long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) * BytesPerMiB));

    internal Option<bool> Json { get; } = new("--json") { Description = "Print JSON also at a terminal." };

    internal Option<bool> Salvage { get; } = new("--salvage")
    {
        Description = "Reads what is left of a damaged store and writes nothing to it; what is lost is told on stderr.",
    };

    internal void AddTo(Command root)
    {
        foreach (var option in (ReadOnlySpan<Option>)[Data, AsOf, Zone, Memory, Json, Salvage])
        {
            option.Recursive = true;
            root.Add(option);
        }
    }
}
