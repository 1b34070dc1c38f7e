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
        AnsiConsole.WriteLine($"Store: {folder}");
        AnsiConsole.WriteLine($"Found {platform.Stats().Events:N0} events, opened in {Chapter.Ms(watch.Elapsed)}.");
        return platform;
    }
}
