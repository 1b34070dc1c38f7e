using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class SegmentRemoveCommand : ShellCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "The segment." };

    internal SegmentRemoveCommand()
        : base("remove", "Removes a segment; all members leave it.") => Add(_name);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        var name = call.Value(_name);
        if (store.Segment(name) is null)
        {
            throw new ArgumentException($"There is no segment '{name}'.");
        }

        await store.RemoveSegmentAsync(name, cancellationToken);
        call.Print.One(writer => writer.WriteString("removed", name));
        return 0;
    }
}
