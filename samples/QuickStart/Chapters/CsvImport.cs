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

        var (lines, seconds) = (result!.Accepted, result.Elapsed.TotalSeconds);
        AnsiConsole.WriteLine($"{lines:N0} lines of {result.Profiles:N0} customers; {result.Skipped:N0} of nobody.");
        AnsiConsole.MarkupLineInterpolated($"All durable after {seconds:N1} s: [bold]{lines / seconds:N0} events/s[/].");
    }

    private sealed class Bytes(Action<double> report) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value) => report(value.Bytes);
    }
}
