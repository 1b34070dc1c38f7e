using System.Globalization;

namespace Klaviyo.Bench.Crash;

/// <summary>What the command line asks for.</summary>
internal sealed record CrashOptions
{
    internal const string Usage = """
        crash [--kills N] [--seed S] [--data DIR] [--early-acks]

          --kills       how many times a writing process is killed, default 200
          --seed        makes the same kills again, as far as the machine does; default 1
          --data        where the stores are made, default a temporary directory; one with a problem is kept
          --early-acks  the control: acknowledges what is not durable, which must be found
        """;

    internal int Kills { get; private init; } = 200;

    internal int Seed { get; private init; } = 1;

    internal string? Directory { get; private init; }

    internal bool EarlyAcks { get; private init; }

    /// <exception cref="FormatException">Not as <see cref="Usage"/> says; the message tells what is wrong.</exception>
    internal static CrashOptions Parse(ReadOnlySpan<string> args)
    {
        var options = new CrashOptions();
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--early-acks")
            {
                options = options with { EarlyAcks = true };
                continue;
            }

            var option = args[i];
            var value = ++i < args.Length ? args[i] : throw new FormatException($"{option} wants a value.");
            options = option switch
            {
                "--kills" => options with { Kills = Number(value) },
                "--seed" => options with { Seed = Number(value) },
                "--data" => options with { Directory = value },
                _ => throw new FormatException($"{option} is not an option."),
            };
        }

        return options;
    }

    /// <summary>Reads a number of at least 1.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    internal static int Number(string text)
    {
        return int.TryParse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new FormatException($"{text} is not a number of at least 1.");
    }
}
