using System.CommandLine;

namespace QuickStart;

/// <summary>What the tour was asked for.</summary>
/// <param name="Folder">Where the stores of the tour are.</param>
/// <param name="Fresh">Whether to start over.</param>
/// <param name="Csv">Real data to tour instead of the made-up shop: the file of Online Retail.</param>
/// <param name="Events">How many events the made-up year has.</param>
internal sealed record TourOptions(string Folder, bool Fresh, string? Csv, long Events)
{
    private const long Million = 1_000_000;

    /// <summary>Reads the command line and begins the tour.</summary>
    /// <returns>The exit code: 2 where the command line was wrong.</returns>
    internal static async Task<int> RunAsync(string[] args, Func<TourOptions, Task> tour)
    {
        var folder = new Option<string>("--data") { Description = "Where to keep the stores.", HelpName = "DIR" };
        var fresh = new Option<bool>("--fresh") { Description = "Start over." };
        var csv = new Option<string>("--csv") { Description = "Tour UCI's Online Retail instead.", HelpName = "FILE" };
        var events = new Option<long>("--events") { Description = "How many events to make up; a million if left out." };
        var root = new RootCommand("Streams a year of a shop into a customer database, asks it, and runs a flow.")
        {
            folder, fresh, csv, events,
        };
        root.SetAction(parsed => tour(new TourOptions(
            parsed.GetValue(folder) ?? DefaultFolder,
            parsed.GetValue(fresh),
            parsed.GetValue(csv),
            parsed.GetValue(events) is > 0 and var count ? count : Million)));
        var parsed = root.Parse(args);
        var code = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        return parsed.Errors.Count > 0 ? 2 : code;
    }

    /// <summary>Gets the directory of a store that is kept from one start to the next.</summary>
    internal string KeptStore(string name) => Fresh ? NewStore(name) : Path.Combine(Folder, name);

    /// <summary>Gets the directory of a store that begins empty at every start.</summary>
    internal string NewStore(string name)
    {
        var path = Path.Combine(Folder, name);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        return path;
    }

    private static string DefaultFolder => Path.Combine(Path.GetTempPath(), "klaviyo-quickstart");
}
