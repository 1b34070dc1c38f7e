using System.CommandLine;
using System.CommandLine.Parsing;
using Klaviyo.Samples.Commands;

namespace Klaviyo.Samples;

/// <summary>All commands of the shell.</summary>
internal sealed class CommandTree
{
    // An argument may begin with @, and -time is a value of --sort, not four options.
    private static readonly ParserConfiguration Plain = new()
    {
        ResponseFileTokenReplacer = null,
        EnablePosixBundling = false,
    };

    private readonly ShellHost _host;
    private readonly CommonOptions _common = new();
    private readonly RootCommand _root = new("Explores a customer database, as sqlite3 does a SQLite file.");

    internal CommandTree(ShellHost host)
    {
        _host = host;
        _common.AddTo(_root);
        Add(_root, new ImportCommand(), new IdentifyCommand(), new TrackCommand(), new ConsentCommand());
        Add(_root, new ProfileCommand(), new ProfilesCommand(), new EventsCommand(), new AggregateCommand(), new ReportCommand());
        Add(_root, new HistoryCommand());
        Add(_root, new ObjectCommand(), new RelateCommand(), new UnrelateCommand(), new RelationsCommand());

        var segment = new Command("segment", "Evaluates segments, and keeps them.");
        Add(segment, new SegmentCountCommand(), new SegmentMembersCommand(), new SegmentPreviewCommand());
        Add(segment, new SegmentExplainCommand(), new SegmentCreateCommand(), new SegmentListCommand());
        Add(segment, new SegmentHistoryCommand(), new SegmentChangesCommand(), new SegmentRemoveCommand());
        _root.Add(segment);

        var flow = new Command("flow", "Defines flows, simulates them, and tells what they did.");
        Add(flow, new FlowCreateCommand(), new FlowListCommand(), new FlowSimulateCommand());
        Add(flow, new FlowPauseCommand(), new FlowResumeCommand(), new FlowStatsCommand());
        Add(flow, FlowLifeCommand.Archive(), FlowLifeCommand.Restore(), FlowLifeCommand.Delete());
        Add(flow, new FlowTraceCommand(), new FlowDecisionsCommand(), new FlowDrawCommand());
        Add(flow, new FlowUnderWayCommand(), new FlowRedirectCommand(), new FlowCancelCommand());
        Add(flow, new FlowParkedCommand(), FlowParkedRunsCommand.Release(), FlowParkedRunsCommand.Skip());
        Add(flow, new FlowLettersCommand(), FlowMessagesCommand.Retry(), FlowMessagesCommand.Drop());
        _root.Add(flow);

        Add(_root, new MergeCommand(), new SplitCommand(), new EraseCommand(), new CompactCommand());
        Add(_root, new StatsCommand(), new VerifyCommand(), new ExportCommand(), new LateCommand(), new ForkCommand());
    }

    internal ParseResult Parse(IReadOnlyList<string> args) => _root.Parse(args, Plain);

    /// <summary>Gets what asks for the help of the command that a call was meant for.</summary>
    internal static string[] HelpArguments(ParseResult parsed)
    {
        var names = new Stack<string>(["--help"]);
        for (var result = parsed.CommandResult; result.Parent is CommandResult parent; result = parent)
        {
            names.Push(result.Command.Name);
        }

        return [.. names];
    }

    private void Add(Command parent, params ReadOnlySpan<ShellCommand> commands)
    {
        foreach (var command in commands)
        {
            command.Bind(_host, _common);
            parent.Add(command);
        }
    }
}
