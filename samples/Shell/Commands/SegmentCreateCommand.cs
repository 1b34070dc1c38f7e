using System.CommandLine;
using Klaviyo.Json;

namespace Klaviyo.Samples.Commands;

internal sealed class SegmentCreateCommand : ShellCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Its name in the store." };
    private readonly Argument<string> _definition = new("DEF")
    {
        Description = "The definition: a JSON file, - for standard input.",
    };

    internal SegmentCreateCommand()
        : base("create", "Keeps a segment current from now on, or changes its definition; ends when its members are known.")
    {
        Aliases.Add("update");
        Add(_name);
        Add(_definition);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var definition = SegmentJson.Parse(await InputFile.ReadAsync(call, call.Value(_definition), cancellationToken));
        await using var store = await call.OpenAsync(cancellationToken);
        var warnings = await store.DefineSegmentAsync(call.Value(_name), definition, cancellationToken);
        await call.WarnAsync(warnings);
        await store.SegmentReadyAsync(call.Value(_name), cancellationToken);
        var count = call.AsOf is { } at ? store.CountSegment(definition, at) : store.CountSegment(call.Value(_name));
        call.Print.One(writer =>
        {
            writer.WriteString("segment", call.Value(_name));
            writer.WriteNumber("count", count);
            AnswerJson.WriteWarnings(writer, warnings);
        });
        return 0;
    }
}
