using System.CommandLine;

namespace Klaviyo.Samples;

/// <summary>Where a command reads and writes.</summary>
internal sealed record ShellHost(TextWriter Output, TextWriter Error, Stream Input)
{
    /// <summary>Gets whether a person reads the answer; otherwise it is JSON for a program.</summary>
    internal bool IsTerminal { get; init; } = Output is StreamWriter && !Console.IsOutputRedirected;

    /// <summary>Gets whether a person may watch progress.</summary>
    internal bool ShowsProgress { get; init; } = Error == Console.Error && !Console.IsErrorRedirected;

    // Errors and signals are the shell's own business, so that exit codes and messages are what it promises.
    internal InvocationConfiguration Invocation(TextWriter help) => new()
    {
        Output = help,
        Error = Error,
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    };
}
