using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class RelateCommand() : RelationCommand("relate", "Relates a profile to an account or custom object.", true);

internal sealed class UnrelateCommand() : RelationCommand("unrelate", "Ends what relate began.", false);

/// <summary>Writes a relation, one way or the other.</summary>
internal abstract class RelationCommand : ShellCommand
{
    private readonly bool _related;
    private readonly Argument<string> _key = KeyArgument();
    private readonly Argument<string> _type = new("TYPE") { Description = "The type of the object, e.g. account." };
    private readonly Argument<string> _id = new("ID") { Description = "Its id within the type." };
    private readonly Argument<string> _name = new("NAME") { Description = "As what, e.g. member." };
    private readonly Option<Instant?> _time = Flag.Instant("--time", "From when on; now if left out.");

    protected RelationCommand(string name, string description, bool related)
        : base(name, description)
    {
        _related = related;
        Add(_key);
        Add(_type);
        Add(_id);
        Add(_name);
        Add(_time);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var write = new RelationWrite
        {
            Profile = [call.Key(_key)],
            Object = Identifier.Object(call.Value(_type), call.Value(_id)),
            Name = call.Value(_name),
            Related = _related,
            Time = call.Value(_time),
        };
        await using var store = await call.OpenAsync(cancellationToken);
        return WriteAnswer.Print(call, await store.WriteAsync(write, cancellationToken));
    }
}
