using System.Globalization;

namespace Klaviyo.Bench.Crash;

/// <summary>The other end of <see cref="CrashProcess"/>: writes its scripts, and says what is durable, until it is killed.</summary>
internal sealed class CrashChild
{
    private const int SessionsMax = 50;

    private readonly string _path;
    private readonly bool _earlyAcks;
    private readonly int _lanes;
    private readonly Random _random;
    private readonly CrashScript[] _scripts;
    private readonly int[] _next;

    private CrashChild(string[] args)
    {
        var (seed, life) = (Number(args[1]), Number(args[2]));
        (_path, _earlyAcks) = (args[0], args[3] == "early");
        _next = [.. args[4..].Select(Number)];
        _scripts = [.. _next.Select((_, writer) => new CrashScript(seed, writer))];
        _lanes = 1 + (seed % 3);
        _random = new Random(unchecked((seed * 1009) + life));
    }

    internal static async Task<int> RunAsync(string[] args)
    {
        // Without a parent there is nobody to kill it.
        _ = Task.Run(async () =>
        {
            await Console.In.ReadToEndAsync();
            Environment.Exit(3);
        });
        var child = new CrashChild(args);
        for (var session = 0; session < SessionsMax; session++)
        {
            await child.SessionAsync();
        }

        return 0;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private async Task SessionAsync()
    {
        await using var database = await CustomerDatabase.OpenAsync(_path, CrashStore.RandomOptions(_random, _lanes));
        var steps = _random.Next(1, 300);
        await Task.WhenAll(_scripts.Select(script =>
        {
            var random = new Random(_random.Next());
            return Task.Run(() => WriteAsync(database, script, random, steps));
        }));
    }

    private async Task WriteAsync(CustomerDatabase database, CrashScript script, Random random, int steps)
    {
        for (var end = _next[script.Writer] + steps; _next[script.Writer] < end;)
        {
            await WriteSomeAsync(database, script, random);
            if (!_earlyAcks && random.Next(100) == 0)
            {
                await database.CheckpointAsync();
            }
        }
    }

    // One step that is awaited, or some that a commit makes durable together.
    private async Task WriteSomeAsync(CustomerDatabase database, CrashScript script, Random random)
    {
        if (_earlyAcks)
        {
            Apply(database, script.Step(_next[script.Writer]++));
        }
        else if (random.Next(3) == 0)
        {
            ApplySome(database, script, random.Next(1, 30));
            await database.CommitAsync();
        }
        else
        {
            await WriteAsync(database, script.Step(_next[script.Writer]));
            _next[script.Writer]++;
        }

        Acknowledge(script.Writer);
    }

    private void ApplySome(CustomerDatabase database, CrashScript script, int count)
    {
        while (count-- > 0 && script.Step(_next[script.Writer]) is { Writes: [_] } single)
        {
            Apply(database, single);
            _next[script.Writer]++;
        }
    }

    private static void Apply(CustomerDatabase database, CrashStep step)
    {
        foreach (var write in step.Writes)
        {
            database.Apply(write);
        }
    }

    private static async ValueTask WriteAsync(CustomerDatabase database, CrashStep step)
    {
        if (step.Writes is [var single])
        {
            await database.WriteAsync(single);
        }
        else
        {
            await database.WriteAsync(step.Writes);
        }
    }

    private void Acknowledge(int writer)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{writer} {_next[writer]}.\n");
        lock (_random)
        {
            Console.Out.Write(line);
        }
    }
}
