using System.Globalization;

namespace Klaviyo.Bench.Crash;

/// <summary>The other end of <see cref="CrashProcess"/>: writes its scripts, and says what is durable, until it is killed.</summary>
internal sealed class CrashChild
{
    private const int SessionsMax = 50;

    private readonly string _path;
    private readonly int _life;
    private readonly bool _earlyAcks;
    private readonly int _lanes;
    private readonly Random _random;
    private readonly CrashScript[] _scripts;
    private readonly int[] _next;
    private readonly int[] _acknowledged;
    private bool _hasForked;

    private CrashChild(string[] args)
    {
        var (seed, life) = (Number(args[1]), Number(args[2]));
        (_path, _life, _earlyAcks) = (args[0], life, args[3] == "early");
        _next = [.. args[4..].Select(Number)];
        _acknowledged = [.. _next];
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
        await using var database = await CustomerDatabase.OpenAsync(_path, CrashStore.RandomOptions(_random, _lanes, _life));
        await CrashSegment.DefineAsync(database, _random);
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
            if (!_earlyAcks)
            {
                await MaintainAsync(database, script, random.Next(800));
            }
        }
    }

    private async Task MaintainAsync(CustomerDatabase database, CrashScript script, int lot)
    {
        switch (lot)
        {
            case < 8:
                await database.CheckpointAsync();
                break;
            case < 10:
                await database.CompactAsync();
                break;
            case < 13:
                _ = database.MetricSeries(CrashScript.Metrics[lot % CrashScript.Metrics.Length], TimeUnit.Month);
                break;
            case < 20 when script.Writer == 0 && !_hasForked:
                _hasForked = true;
                await ForkAsync(database);
                break;
        }
    }

    // What was acknowledged before the fork began must be in it.
    private async Task ForkAsync(CustomerDatabase database)
    {
        int[] acknowledged;
        lock (_random)
        {
            acknowledged = [.. _acknowledged];
        }

        await database.ForkAsync(CrashStore.ForkOf(_path));
        Say(string.Create(CultureInfo.InvariantCulture, $"{CrashProcess.ForkWord} {string.Join(' ', acknowledged)}"));
    }

    // One step that is awaited, or some that a commit makes durable together.
    private async Task WriteSomeAsync(CustomerDatabase database, CrashScript script, Random random)
    {
        if (_earlyAcks && script.Step(_next[script.Writer]) is { Deed: null } early)
        {
            Apply(database, early);
            _next[script.Writer]++;
        }
        else if (random.Next(3) == 0)
        {
            ApplySome(database, script, random.Next(1, 30));
            await database.CommitAsync();
        }
        else
        {
            await script.Step(_next[script.Writer]).DoAsync(database);
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

    // A step is one batch, of which a crash leaves all or nothing, also where nobody waits for the disk.
    private static void Apply(CustomerDatabase database, CrashStep step)
    {
        if (step.Writes is [var single])
        {
            database.Apply(single);
        }
        else
        {
            database.Store.Apply(step.Writes, new WriteResult[step.Writes.Count]);
        }
    }

    private void Acknowledge(int writer)
    {
        lock (_random)
        {
            _acknowledged[writer] = _next[writer];
        }

        Say(string.Create(CultureInfo.InvariantCulture, $"{writer} {_next[writer]}"));
    }

    // A line that the kill cuts lacks its point.
    private void Say(string line)
    {
        lock (_random)
        {
            Console.Out.Write($"{line}.\n");
        }
    }
}
