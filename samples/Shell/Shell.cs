using System.CommandLine;

namespace Klaviyo.Samples;

/// <summary>The shell: one console program over the library, and a tour of its API.</summary>
public static class Shell
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int WrongUsage = 2;

    /// <summary>Runs one command.</summary>
    /// <param name="args">The command and its arguments.</param>
    /// <param name="output">Takes the answer.</param>
    /// <param name="error">Takes diagnostics and progress.</param>
    /// <param name="input">What <c>-</c> reads.</param>
    /// <param name="cancellationToken">Asks the command to end.</param>
    /// <returns>0 done, 1 refused input or failed work, 2 wrong usage.</returns>
    public static async Task<int> RunAsync(
        string[] args, TextWriter output, TextWriter error, Stream input, CancellationToken cancellationToken = default)
    {
        var host = new ShellHost(output, error, input);
        var commands = new CommandTree(host);
        var parsed = commands.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            return await ExplainUsageAsync(parsed, commands, host);
        }

        try
        {
            var code = await parsed.InvokeAsync(host.Invocation(output), cancellationToken);
            await output.FlushAsync(CancellationToken.None);
            return code;
        }
        catch (UsageException wrong)
        {
            await error.WriteLineAsync(wrong.Message);
            return WrongUsage;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // What was answered before the failure still stands.
            await output.FlushAsync(CancellationToken.None);
            await error.WriteLineAsync(FailureText.Of(failure));
            return Failed;
        }
    }

    private static async Task<int> ExplainUsageAsync(ParseResult parsed, CommandTree commands, ShellHost host)
    {
        // The last error says most: the ones before it only follow from it.
        var help = CommandTree.HelpArguments(parsed);
        var why = parsed.Errors[^1].Message.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries);
        await host.Error.WriteLineAsync($"{string.Join(' ', why)} Try: {string.Join(' ', help)}");
        if (parsed.CommandResult.Command.Subcommands.Any())
        {
            // No command was named, or none of ours.
            await host.Error.WriteLineAsync();
            await commands.Parse(help).InvokeAsync(host.Invocation(host.Error));
        }

        return WrongUsage;
    }
}
