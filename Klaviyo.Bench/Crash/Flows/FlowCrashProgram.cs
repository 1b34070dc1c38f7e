using System.Globalization;

namespace Klaviyo.Bench.Crash.Flows;

/// <summary>The command <c>crash-flow</c>: kills a process whose flows send webhooks, and counts what the receiver got.</summary>
internal static class FlowCrashProgram
{
    /// <returns>0 when nothing was lost or had two keys, 1 when something was, 2 when the command line is wrong.</returns>
    internal static async Task<int> RunAsync(string[] args)
    {
        FlowCrashOptions options;
        try
        {
            options = FlowCrashOptions.Parse(args);
        }
        catch (FormatException wrong)
        {
            await Console.Error.WriteLineAsync($"{wrong.Message}\n\n{FlowCrashOptions.Usage}");
            return 2;
        }

        var parent = options.Directory ?? Path.Combine(Path.GetTempPath(), $"klaviyo-crash-flow-{Environment.ProcessId}");
        await using var run = new FlowCrashRun(options, parent);
        var problem = await run.RunAsync();
        Console.WriteLine(problem is null
            ? string.Create(CultureInfo.InvariantCulture, $"ok: {run.Summary}; nothing was lost, nothing had two keys")
            : string.Create(CultureInfo.InvariantCulture, $"FAILED: {problem} ({run.Summary}, --seed {options.Seed}; kept in {parent})"));
        return problem is null ? 0 : 1;
    }
}
