using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class RelationsCommand : ShellCommand
{
    private readonly Argument<string> _key = new("KEY")
    {
        Description = "One side: a profile, e.g. email:ada@example.com, or an object, e.g. object.account:acme.",
    };

    private readonly Option<string> _name = Flag.Text("--name", "NAME", "As what; all if left out.");
    private readonly Option<bool> _ended = new("--history") { Description = "Those that have ended, too." };

    internal RelationsCommand()
        : base("relations", "Prints what a profile or an object is related to.")
    {
        Add(_key);
        Add(_name);
        Add(_ended);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var (key, name) = (call.Key(_key), call.Value(_name));
        await using var store = await call.OpenToAskAsync(cancellationToken);
        var relations = call.Value(_ended)
            ? store.RelationHistory(key, name, call.AsOf)
            : store.Relations(key, name, call.AsOf);
        call.Print.Many(relations, static (writer, relation) =>
        {
            writer.WriteString("name", relation.Name);
            writer.WriteString("other", relation.Other.ToString());
            writer.WriteString("id", relation.OtherId.ToString());
            writer.WriteString("since", relation.Since.ToString());
            writer.WriteString("until", relation.Until?.ToString());
        });
        return 0;
    }
}
