using System.Globalization;

namespace Klaviyo.Bench.Crash;

/// <summary>What one writer of a store does, for ever: a function of the seed, so that another process knows it too.</summary>
/// <remarks>
/// A small world, so that everything meets everything: few people and devices; late and future events, duplicates, anonymous
/// devices that turn out to be somebody's, large and small records, long and short batches. Writers share no profile. No two
/// writes have the same time, so the answers do not depend on the lanes.
/// </remarks>
internal sealed class CrashScript(int seed, int writer)
{
    internal const string StepProperty = "step";
    internal const string WriterProperty = "writer";

    private const int People = 12;
    private const int Devices = 40;
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

    internal CrashStep Step(int number)
    {
        var random = RandomOf(number);
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

    private CustomerEvent Marker(int number) => Event(RandomOf(~number), number, 0);

    private CustomerWrite Write(Random random, int step, int place)
    {
        return random.Next(20) switch
        {
            < 14 => Event(random, step, place),
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
            UniqueId = string.Create(CultureInfo.InvariantCulture, $"{writer}-{step}-{place}"),
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
    private CustomerEvent Again(Random random, int step, int place) =>
        Marker(random.Next(step)) with { Value = 1e6, Time = Time(random, step, place) };

    private Identifier[] Who(Random random)
    {
        return random.Next(20) switch
        {
            < 14 => [Person(random)],
            < 19 => [Device(random)],
            _ => [Person(random), Device(random)],
        };
    }

    private Identifier Person(Random random) => Identifier.ExternalId($"w{writer}-p{random.Next(People)}");

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
