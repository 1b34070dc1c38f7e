using System.Globalization;

namespace Klaviyo.Bench.Compare;

/// <summary>What the command line asks for.</summary>
internal sealed record CompareOptions
{
    internal const string Usage = """
        compare [WORK ...] [--events N] [--profiles P] [--peers LIST|none] [--scale K] [--memory MIB]
                [--directory DIR] [--json FILE] [--markdown FILE]

          WORK         ingest single concurrent point report segment memory reopen scale cold flow; default: all
          --events     how many events, default 1000000
          --profiles   how many profiles, default a hundredth of the events
          --peers      any of sqlite,rocksdb,duckdb,litedb,hangfire; default: all
          --scale      how many times more events "scale" compares with, default 10
          --memory     the memory that "cold" gives to the store, default 256; it stores as many events more as ten times that
          --directory  where the stores are made for the time of the run, default the temporary directory
          --json       writes one JSON object a row to a file
          --markdown   writes the tables of RESULTS.md to a file
        """;

    internal IReadOnlyList<string> Works { get; private init; } = WorkList.Names;

    internal long Events { get; private init; } = 1_000_000;

    internal int Profiles { get; private init; } = 10_000;

    internal IReadOnlyList<string> PeerNames { get; private init; } = PeerList.Names;

    internal int Scale { get; private init; } = 10;

    /// <summary>Gets the memory of the store in <c>cold</c>, in MiB.</summary>
    internal int MemoryMiB { get; private init; } = 256;

    internal string Directory { get; private init; } = Path.GetTempPath();

    internal string? Json { get; private init; }

    internal string? Markdown { get; private init; }

    /// <summary>Gets the same with several times the events and profiles.</summary>
    internal CompareOptions Times(int times) => this with { Events = Events * times, Profiles = Profiles * times };

    /// <exception cref="FormatException">Not as <see cref="Usage"/> says; the message tells what is wrong.</exception>
    internal static CompareOptions Parse(ReadOnlySpan<string> args)
    {
        var options = new CompareOptions();
        var works = new List<string>();
        long? profiles = null;
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith('-'))
            {
                works.Add(Known(args[i], WorkList.Names));
                continue;
            }

            var option = args[i];
            var value = ++i < args.Length ? args[i] : throw new FormatException($"{option} wants a value.");
            switch (option)
            {
                case "--events":
                    options = options with { Events = Number(value, 1000) };
                    break;
                case "--profiles":
                    profiles = Number(value, 1);
                    break;
                case "--scale":
                    options = options with { Scale = (int)Number(value, 2) };
                    break;
                case "--peers":
                    options = options with { PeerNames = Peers(value) };
                    break;
                case "--memory":
                    options = options with { MemoryMiB = (int)Number(value, 64) };
                    break;
                case "--directory":
                    options = options with { Directory = value };
                    break;
                case "--json":
                    options = options with { Json = value };
                    break;
                case "--markdown":
                    options = options with { Markdown = value };
                    break;
                default:
                    throw new FormatException($"{option} is not an option.");
            }
        }

        return options with
        {
            Works = works.Count > 0 ? works : options.Works,
            Profiles = (int)(profiles ?? Math.Max(1, options.Events / 100)),
        };
    }

    private static string[] Peers(string list) =>
        list == "none" ? [] : [.. list.Split(',').Select(p => Known(p, PeerList.Names))];

    private static string Known(string name, IReadOnlyList<string> names) =>
        names.Contains(name) ? name : throw new FormatException($"{name} is none of {string.Join(", ", names)}.");

    private static long Number(string text, long least)
    {
        return long.TryParse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= int.MaxValue
                ? number
                : throw new FormatException($"{text} is not a number of at least {least}.");
    }
}
