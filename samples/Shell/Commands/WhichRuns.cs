using System.CommandLine;

namespace Klaviyo.Samples.Commands;

/// <summary>The options that say which runs of a flow are meant.</summary>
internal sealed class WhichRuns
{
    private readonly Argument<string> _name = FlowFile.NameArgument();
    private readonly Option<string> _step = Flag.Text("--step", "ID", "Runs on this step alone.");
    private readonly Option<RunStatus?> _status = Flag.Parsed<RunStatus?>("--status", "WORD", "Runs that are e.g. waiting, awaiting or parked.", ReadStatus);
    private readonly Option<string> _profile = Flag.Text("--profile", "KIND:VALUE", "Runs of this profile alone.");
    private readonly Option<Instant?> _due = Flag.Instant("--due-until", "Runs that go on at T, or before.");
    private readonly Option<RunId?> _run = FlowFile.RunOption();

    internal WhichRuns(Command command)
    {
        command.Add(_name);
        command.Add(_step);
        command.Add(_status);
        command.Add(_profile);
        command.Add(_due);
        command.Add(_run);
    }

    /// <summary>Gets the query; a run that was named and is not under way is an error.</summary>
    internal RunQuery Read(Call call, CustomerPlatform store)
    {
        var query = new RunQuery
        {
            Flow = call.Value(_name),
            Step = call.Value(_step),
            Status = call.Value(_status),
            Profile = call.Value(_profile) is { } profile ? Call.Key(profile) : default(Identifier?),
            Due = call.Value(_due) is { } due ? TimeRange.All.UpTo(due) : default(TimeRange?),
            Run = call.Value(_run),
        };
        return query.Run is not { } run || store.Runs(query).Any()
            ? query
            : throw new ArgumentException($"No such run {run} of '{query.Flow}' is under way.");
    }

    private static RunStatus? ReadStatus(string text)
    {
        return Enum.GetNames<RunStatus>().Contains(text, StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse<RunStatus>(text, ignoreCase: true)
            : throw new FormatException($"'{text}' is none of {string.Join(", ", Enum.GetNames<RunStatus>()).ToLowerInvariant()}.");
    }
}
