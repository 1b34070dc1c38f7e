using System.Diagnostics;
using Klaviyo;
using Spectre.Console;

namespace QuickStart.Chapters;

/// <summary>Opens the store, and says what is in it.</summary>
internal static class Opening
{
    internal static async Task<CustomerPlatform> OpenAsync(string folder, CustomerPlatformOptions settings)
    {
        var watch = Stopwatch.StartNew();
        var platform = await CustomerPlatform.OpenAsync(folder, settings);
        var took = watch.Elapsed;
        var events = platform.Stats().Events;
        AnsiConsole.WriteLine();
        AnsiConsole.WriteLine(events == 0 ? "A new store:" : $"Found {events:N0} events, opened in {Chapter.Ms(took)}:");
        AnsiConsole.WriteLine(folder);
        return platform;
    }
}
