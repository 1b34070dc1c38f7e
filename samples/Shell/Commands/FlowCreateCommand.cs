using System.CommandLine;
using Klaviyo.Json;

namespace Klaviyo.Samples.Commands;

internal sealed class FlowCreateCommand : ShellCommand
{
    private readonly Argument<string[]> _nameAndDefinition = new("[NAME] DEF")
    {
        Description = "The definition, a JSON file or - for standard input; before it a name, if it has none.",
        Arity = new ArgumentArity(1, 2),
    };

    internal FlowCreateCommand()
        : base("create", "Defines a flow, or gives it a new version.") => Add(_nameAndDefinition);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var given = call.Value(_nameAndDefinition);
        var json = await InputFile.ReadAsync(call, given[^1], cancellationToken);
        var definition = given.Length == 1 ? FlowJson.Parse(json) : FlowJson.Parse(json, given[0]);
        await using var store = await call.OpenAsync(cancellationToken);
        var warnings = await store.DefineFlowAsync(definition, cancellationToken);
        await call.WarnAsync(warnings);
        call.Print.One(writer =>
        {
            AnswerJson.Write(writer, store.AllFlows.Last(flow => flow.Name == definition.Name));
            AnswerJson.WriteWarnings(writer, warnings);
        });
        return 0;
    }
}
