using System.CommandLine;
using Klaviyo.Samples.Commands;

namespace Klaviyo.Samples;

/// <summary>All commands of the shell.</summary>
internal static class CommandTree
{
    // An argument may begin with @, and -time is a value of --sort, not four options.
    private static readonly ParserConfiguration Plain = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    internal static ParseResult Parse(IReadOnlyList<string> args, ShellHost host) => Create(host).Parse(args, Plain);

    /// <summary>Asks for the help of the command that a call was meant for.</summary>
    internal static ParseResult HelpFor(ParseResult parsed, ShellHost host)
    {
        var names = new Stack<string>(["--help"]);
        for (var result = parsed.CommandResult; result.Parent is not null; result = (System.CommandLine.Parsing.CommandResult)result.Parent)
        {
            names.Push(result.Command.Name);
        }

        return Parse([.. names], host);
    }

    private static RootCommand Create(ShellHost host)
    {
        var common = new CommonOptions();
        var root = new RootCommand("Explores a customer database, as sqlite3 does a SQLite file.");
        common.AddTo(root);
        Add(root, host, common, new ImportCommand(), new IdentifyCommand(), new TrackCommand());
        Add(root, host, common, new ProfileCommand(), new ProfilesCommand(), new EventsCommand(), new AggregateCommand());

        var segment = new Command("segment", "Evaluates segments, and keeps them.");
        Add(segment, host, common, new SegmentCountCommand(), new SegmentMembersCommand(), new SegmentPreviewCommand());
        Add(segment, host, common, new SegmentExplainCommand(), new SegmentCreateCommand(), new SegmentListCommand());
        root.Add(segment);

        var flow = new Command("flow", "Defines flows, simulates them, and tells what they did.");
        Add(flow, host, common, new FlowCreateCommand(), new FlowListCommand(), new FlowSimulateCommand());
        Add(flow, host, common, new FlowPauseCommand(), new FlowResumeCommand(), new FlowStatsCommand());
        root.Add(flow);

        Add(root, host, common, new StatsCommand(), new VerifyCommand());
        return root;
    }

    private static void Add(Command parent, ShellHost host, CommonOptions common, params ReadOnlySpan<ShellCommand> commands)
    {
        foreach (var command in commands)
        {
            command.Bind(host, common);
            parent.Add(command);
        }
    }
}
