using System.CommandLine;

namespace Klaviyo.Samples;

/// <summary>A command: what it takes, and a few lines over the library that do it.</summary>
internal abstract class ShellCommand : Command
{
    protected ShellCommand(string name, string description)
        : base(name, description)
    {
    }

    /// <summary>Lets the command run with a host and the common options.</summary>
    internal void Bind(ShellHost host, CommonOptions common) =>
        SetAction((parsed, cancellationToken) => RunAsync(new Call(parsed, host, common), cancellationToken));

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(Call call, CancellationToken cancellationToken);

    protected static Argument<string> KeyArgument() => new("KEY")
    {
        Description = "The profile: KIND:VALUE, e.g. email:ada@example.com or external_id:17850.",
    };
}
