using System.Globalization;

namespace Klaviyo.Bench.Crash;

/// <summary>What one writer of a store does, for ever: a function of the seed, so that another process knows it too.</summary>
/// <remarks>
/// A small world, so that everything meets everything: few people and devices; late and future events, duplicates, anonymous
/// devices that turn out to be somebody's, large and small records, long and short batches; people who are erased and come
/// again, guests who are erased and must not, pairs that are merged and split. Writers share no profile. No two writes have
/// the same time, so the answers do not depend on the lanes.
/// </remarks>
internal sealed class CrashScript(int seed, int writer)
{
    internal const string StepProperty = "step";
    internal const string WriterProperty = "writer";

    private const int People = 12;
    private const int Devices = 40;
    private const int Guests = 6;
    private const int Pairs = 3;
    private const int StepsADeed = 16;
    private const int WritesPerStepMax = 1024;
    private const long DayMs = 86_400_000;

    private static readonly string[] Cities = ["Paris", "New York", "Tōkyō", ""];

    internal static string[] Metrics { get; } = ["Placed Order", "Viewed Product", "Opened Email"];

    internal static string[] Plans { get; } = ["free", "gold"];

    /// <summary>Gets the earliest instant of any write.</summary>
    internal static Instant Start { get; } = Instant.Parse("2026-01-01T00:00:00Z");

    internal int Writer => writer;

    /// <summary>Gets how long a batch may be; a test on a simulated disk wants short ones.</summary>
    internal int BatchMax { get; init; } = 400;

    /// <summary>Gets whether profiles are erased, merged and split; without, no answer ever falls back.</summary>
    internal bool HasDeeds { get; init; } = true;

    internal CrashStep Step(int number)
    {
        var random = RandomOf(number);
        if (IsDeed(number))
        {
            return new CrashStep(number, []) { Deed = Deed(random) };
        }

        if (IsDeed(number + 1))
        {
            return new CrashStep(number, [Marker(number)]);
        }

        var writes = new List<CustomerWrite> { Marker(number) };
        for (var i = BatchLength(random); i > 1; i--)
        {
            writes.Add(Write(random, number, writes.Count));
        }

        return new CrashStep(number, writes);
    }

    private int BatchLength(Random random)
    {
        return random.Next(20) switch
        {
            < 10 => 1,
            < 19 => random.Next(2, Math.Min(20, BatchMax)),
            _ => random.Next(2, BatchMax),
        };
    }

    /// <summary>Gets the event that shows of a step that it is there.</summary>
    /// <remarks>Who is erased takes those of his steps along. So the one before a deed is of somebody who never is.</remarks>
    internal CustomerEvent Marker(int number)
    {
        var marker = Event(RandomOf(~number), number, 0);
        return IsDeed(number + 1) ? marker with { Profile = [Identifier.ExternalId($"w{writer}-witness")] } : marker;
    }

    private bool IsDeed(int number) => HasDeeds && number % StepsADeed == StepsADeed - 1;

    private CrashDeed Deed(Random random)
    {
        var pair = random.Next(Pairs);
        return random.Next(20) switch
        {
            < 5 => new CrashDeed(CrashDeedKind.Erase, Person(random)),
            < 6 => new CrashDeed(CrashDeedKind.Erase, Left(pair)),
            < 8 => new CrashDeed(CrashDeedKind.Suppress, Guest(random)),
            < 14 => new CrashDeed(CrashDeedKind.Merge, Left(pair), Right(pair)),
            _ => new CrashDeed(CrashDeedKind.Split, Left(pair), Right(pair)),
        };
    }

    private CustomerWrite Write(Random random, int step, int place)
    {
        return random.Next(20) switch
        {
            < 13 => Event(random, step, place),
            < 14 => Event(random, step, place) with { Profile = [Guest(random)] },
            < 17 when step > 0 => Again(random, step, place),
            < 18 => new ListWrite { Profile = [Person(random)], List = "vip", Member = random.Next(3) > 0, Time = Time(random, step, place) },
            _ => new ProfileWrite
            {
                Profile = random.Next(2) == 0 ? [Person(random)] : [Person(random), Device(random)],
                Properties = new() { ["plan"] = Plans[random.Next(Plans.Length)] },
                Time = Time(random, step, place),
            },
        };
    }

    private CustomerEvent Event(Random random, int step, int place)
    {
        return new CustomerEvent
        {
            Profile = Who(random),
            Metric = Metrics[random.Next(Metrics.Length)],
            Value = random.Next(5) == 0 ? null : random.Next(-400, 40_000) / 4.0,
            UniqueId = string.Create(CultureInfo.InvariantCulture, $"<{writer}-{step}-{place}>"),
            Time = Time(random, step, place),
            Properties = new()
            {
                [StepProperty] = step,
                [WriterProperty] = writer,
                ["city"] = Cities[random.Next(Cities.Length)],
                ["text"] = new string('x', random.Next(50) == 0 ? random.Next(20_000) : random.Next(200)),
            },
        };
    }

    // The first event of an earlier step once more, with another value: where it goes to the same profile, nothing happens.
    private CustomerEvent Again(Random random, int step, int place)
    {
        var earlier = random.Next(step);
        return Marker(IsDeed(earlier) ? earlier - 1 : earlier) with { Value = 1e6, Time = Time(random, step, place) };
    }

    private Identifier[] Who(Random random)
    {
        return random.Next(20) switch
        {
            < 12 => [Person(random)],
            < 16 => [Device(random)],
            < 19 => [random.Next(2) == 0 ? Left(random.Next(Pairs)) : Right(random.Next(Pairs))],
            _ => [Person(random), Device(random)],
        };
    }

    private Identifier Person(Random random) => Identifier.ExternalId($"w{writer}-p{random.Next(People)}");

    private Identifier Guest(Random random) => Identifier.ExternalId($"w{writer}-g{random.Next(Guests)}");

    private Identifier Left(int pair) => Identifier.ExternalId($"w{writer}-l{pair}");

    private Identifier Right(int pair) => Identifier.ExternalId($"w{writer}-r{pair}");

    private Identifier Device(Random random) => Identifier.AnonymousId($"w{writer}-d{random.Next(Devices)}");

    // The day is random: mostly in order, often late, seldom far in the future. The time of day is the write's own.
    private static Instant Time(Random random, int step, int place)
    {
        long day = random.Next(50) switch
        {
            < 25 => 90,
            < 49 => random.Next(90),
            _ => 500,
        };
        return Start.PlusMs((day * DayMs) + ((((long)step * WritesPerStepMax) + place) % DayMs));
    }

    private Random RandomOf(int number) => new(unchecked((((seed * 31) + writer) * 1_000_003) + number));
}
