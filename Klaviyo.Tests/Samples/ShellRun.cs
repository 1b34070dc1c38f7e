using System.Text;
using System.Text.RegularExpressions;
using Klaviyo.Samples;

namespace Klaviyo.Tests.Samples;

/// <summary>What a command of the shell printed, and how it ended.</summary>
internal sealed record ShellRun(int Code, string[] Output, string[] Error)
{
    /// <summary>Gets what was printed on stdout.</summary>
    internal string Text => string.Join('\n', Output);

    /// <summary>Runs a command line; words with blanks stand in single quotes, as in a script.</summary>
    internal static async Task<ShellRun> OfAsync(string line, string input = "")
    {
        var args = Regex.Matches(line, "'[^']*'|[^ ]+").Select(word => word.Value.Trim('\'')).ToArray();
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var stdin = new MemoryStream(Encoding.UTF8.GetBytes(input));
        var code = await Shell.RunAsync(args, output, error, stdin);
        return new ShellRun(code, Lines(output), Lines(error));
    }

    private static string[] Lines(StringWriter writer) =>
        writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
