using System.Globalization;

namespace Klaviyo.Bench.Crash;

/// <summary>The command <c>crash</c>: kills a writing process again and again, and looks what it has left.</summary>
internal static class CrashProgram
{
    /// <returns>0 when nothing was lost, 1 when something was, 2 when the command line is wrong.</returns>
    internal static async Task<int> RunAsync(string[] args)
    {
        CrashOptions options;
        try
        {
            options = CrashOptions.Parse(args);
        }
        catch (FormatException wrong)
        {
            await Console.Error.WriteLineAsync($"{wrong.Message}\n\n{CrashOptions.Usage}");
            return 2;
        }

        var parent = options.Directory ?? Path.Combine(Path.GetTempPath(), $"klaviyo-crash-{Environment.ProcessId}");
        var run = new CrashRun(options, parent);
        var problem = await run.RunAsync();
        Console.WriteLine(problem is null
            ? string.Create(CultureInfo.InvariantCulture, $"ok: {run.Summary}, nothing was lost")
            : string.Create(CultureInfo.InvariantCulture, $"FAILED: {problem} ({run.Summary}, --seed {options.Seed}; kept in {parent})"));
        return problem is null ? 0 : 1;
    }
}
