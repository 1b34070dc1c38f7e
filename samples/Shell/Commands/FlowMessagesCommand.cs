using System.CommandLine;

namespace Klaviyo.Samples.Commands;

/// <summary>What is done to the messages of a flow that stay: all of them, those of a step, or one.</summary>
internal sealed class FlowMessagesCommand : ShellCommand
{
    private readonly Argument<string> _name = FlowFile.NameArgument();
    private readonly Option<string> _step = Flag.Text("--step", "ID", "The messages of this step alone.");
    private readonly Option<string> _key = Flag.Text("--key", "KEY", "The message of this key alone, as letters prints it.");
    private readonly Func<CustomerPlatform, string, string?, string?, CancellationToken, ValueTask<int>> _act;

    private FlowMessagesCommand(
        string name, string description, Func<CustomerPlatform, string, string?, string?, CancellationToken, ValueTask<int>> act)
        : base(name, description)
    {
        _act = act;
        Add(_name);
        Add(_step);
        Add(_key);
    }

    internal static FlowMessagesCommand Retry() => new(
        "retry",
        "Has messages that stay tried again, with their keys.",
        (store, flow, step, key, cancellationToken) => store.RetryDeadLettersAsync(flow, step, key, cancellationToken));

    internal static FlowMessagesCommand Drop() => new(
        "drop",
        "Gives up messages that stay.",
        (store, flow, step, key, cancellationToken) => store.DropDeadLettersAsync(flow, step, key, cancellationToken));

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        var name = call.Value(_name);
        var messages = await _act(store, name, call.Value(_step), call.Value(_key), cancellationToken);
        if (messages == 0 && call.Value(_key) is { } key)
        {
            throw new ArgumentException($"No message {key} of '{name}' stays.");
        }

        call.Print.One(writer =>
        {
            writer.WriteString("flow", name);
            writer.WriteNumber("messages", messages);
        });
        return 0;
    }
}
