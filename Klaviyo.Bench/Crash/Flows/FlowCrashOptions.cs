namespace Klaviyo.Bench.Crash.Flows;

/// <summary>What the command line asks for.</summary>
internal sealed record FlowCrashOptions
{
    internal const string Usage = """
        crash-flow [--kills N] [--runs N] [--seed S] [--data DIR] [--early-acks | --new-keys]

          --kills       how many times a process is killed whose flows send webhooks, default 30
          --runs        how many runs are started, at least; default 100000
          --seed        makes the same kills again, as far as the machine does; default 1
          --data        where the store is made, default a temporary directory; one with a problem is kept
          --early-acks  a control: acknowledges events that are not durable, which must be found
          --new-keys    a control: gives every attempt a key of its own, which must be found
        """;

    internal int Kills { get; init; } = 30;

    internal int Runs { get; init; } = 100_000;

    internal int Seed { get; init; } = 1;

    internal string? Directory { get; init; }

    /// <summary>Gets what the process does wrong on purpose: <c>early-acks</c>, <c>new-keys</c>; empty for nothing.</summary>
    internal string Control { get; init; } = "";

    /// <exception cref="FormatException">Not as <see cref="Usage"/> says; the message tells what is wrong.</exception>
    internal static FlowCrashOptions Parse(ReadOnlySpan<string> args)
    {
        var options = new FlowCrashOptions();
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] is "--early-acks" or "--new-keys")
            {
                options = options with { Control = args[i][2..] };
                continue;
            }

            var option = args[i];
            var value = ++i < args.Length ? args[i] : throw new FormatException($"{option} wants a value.");
            options = option switch
            {
                "--kills" => options with { Kills = CrashOptions.Number(value) },
                "--runs" => options with { Runs = CrashOptions.Number(value) },
                "--seed" => options with { Seed = CrashOptions.Number(value) },
                "--data" => options with { Directory = value },
                _ => throw new FormatException($"{option} is not an option."),
            };
        }

        return options;
    }
}
