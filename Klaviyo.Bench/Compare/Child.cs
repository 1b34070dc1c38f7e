using System.Diagnostics;
using System.Globalization;

namespace Klaviyo.Bench.Compare;

/// <summary>Runs our store in a process of its own, to see what that takes, and to kill it.</summary>
internal static class Child
{
    /// <summary>Stores the whole history in a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="options">How many events of how many profiles.</param>
    /// <param name="kill">Whether the process is killed once everything is acknowledged; otherwise it closes the store.</param>
    internal static Task<ChildReport> LoadAsync(string directory, CompareOptions options, bool kill) =>
        RunAsync("load", directory, options, kill);

    /// <summary>Opens the store of a directory, asks a question of every profile, and closes it.</summary>
    internal static Task<ChildReport> OpenAsync(string directory, CompareOptions options) =>
        RunAsync("open", directory, options, kill: false);

    /// <summary>Stores the whole history with little memory, and asks questions of random profiles.</summary>
    internal static Task<ChildReport> ColdAsync(string directory, CompareOptions options, int memoryMiB) =>
        RunAsync("cold", directory, options, kill: false, memoryMiB);

    private static async Task<ChildReport> RunAsync(
        string task, string directory, CompareOptions options, bool kill, int memoryMiB = 0)
    {
        CompareRun.Say($"a process of its own: {task}");
        string[] args =
        [
            typeof(Child).Assembly.Location,
            "compare-child",
            task,
            directory,
            options.Events.ToString(CultureInfo.InvariantCulture),
            options.Profiles.ToString(CultureInfo.InvariantCulture),
            memoryMiB.ToString(CultureInfo.InvariantCulture),
        ];
        var start = new ProcessStartInfo("dotnet", args) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync();
        if (kill && line is not null)
        {
            process.Kill();
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return line is not null && (kill || process.ExitCode == 0)
            ? ChildReport.Parse(line)
            : throw new InvalidOperationException($"The process to {task} ended with {process.ExitCode}.");
    }
}
