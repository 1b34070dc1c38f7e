using Klaviyo;
using Spectre.Console;

namespace QuickStart.Chapters;

/// <summary>Imports a CSV file by a mapping.</summary>
internal static class CsvImport
{
    internal static async Task RunAsync(CustomerPlatform platform, string file)
    {
        if (platform.Stats().Events > 0)
        {
            return;
        }

        Chapter.Begin($"Importing {Path.GetFileName(file)}");
        var mapping = CsvMapping.Parse(Definition.Read("online-retail.json"));
        await using var input = File.OpenRead(file);
        ImportResult? result = null;
        await Counter.RunAsync("Importing", input.Length, async report =>
        {
            var options = new ImportOptions { Format = new CsvFormat(mapping), Progress = new Bytes(report) };
            result = await platform.ImportAsync(input, options);
        });
        AnsiConsole.MarkupLineInterpolated(
            $"{result!.Accepted:N0} lines of {result.Profiles:N0} customers, all durable after {result.Elapsed.TotalSeconds:N1} s: [bold]{result.Accepted / result.Elapsed.TotalSeconds:N0} events/s[/].");
        AnsiConsole.WriteLine($"{result.Skipped:N0} lines without a customer were skipped, {result.Rejected:N0} refused.");
    }

    private sealed class Bytes(Action<double> report) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value) => report(value.Bytes);
    }
}
