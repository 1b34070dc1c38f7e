using System.Globalization;

namespace Klaviyo.Bench.Compare.Data;

/// <summary>The events of the comparison: the i-th is a function of i alone, so none has to be kept.</summary>
/// <remarks>
/// <para>90 days, ending an hour before <see cref="AsOf"/>, arrive almost in order; two in a hundred come up to a week
/// late. A few profiles do much, most do little: the busiest of 10,000 does a hundred times the mean.</para>
/// </remarks>
internal sealed class SampleEvents
{
    private const long SpanMs = 90L * 24 * 3600 * 1000;
    private const long HourMs = 3600 * 1000;
    private static readonly long StartMs = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
    private static readonly int[] MetricUpTo = [45, 75, 87, 97, 100];
    private static readonly string[] Cities = Names("City ", 39);
    private static readonly string[] Categories = Names("category-", 20);
    private static readonly string[] Skus = Names("SKU-", 2000);

    private readonly Identifier[][] _identifiers;

    internal SampleEvents(long count, int profiles)
    {
        Count = count;
        Profiles = profiles;
        _identifiers = new Identifier[profiles][];
        for (var i = 0; i < profiles; i++)
        {
            _identifiers[i] = [Klaviyo.Identifier.ExternalId("u" + i.ToString(CultureInfo.InvariantCulture))];
        }
    }

    internal static string[] Metrics { get; } =
        ["Viewed Product", "Opened Email", "Added to Cart", "Placed Order", "Cancelled Order"];

    internal static int PlacedOrder => 3;

    internal static int ViewedProduct => 0;

    /// <summary>Gets the city that questions filter by: one event in ten has it.</summary>
    internal static string Paris => "Paris";

    /// <summary>Gets the instant T of every question.</summary>
    internal static DateTimeOffset AsOf { get; } = DateTimeOffset.FromUnixTimeMilliseconds(StartMs + SpanMs + HourMs);

    internal static long AsOfMs => AsOf.ToUnixTimeMilliseconds();

    internal long Count { get; }

    internal int Profiles { get; }

    internal Identifier Identifier(int profile) => _identifiers[profile][0];

    internal IReadOnlyList<Identifier> Identifiers(int profile) => _identifiers[profile];

    internal CustomerEvent Write(in SampleEvent sample) => sample.ToWrite(_identifiers[sample.Profile]);

    /// <summary>Gets when the i-th event of the history arrives, but for a minute.</summary>
    internal DateTimeOffset Arrived(long i) => DateTimeOffset.FromUnixTimeMilliseconds(StartMs + 60_000 + (long)((double)i / Count * SpanMs));

    /// <summary>Makes the i-th event of the history.</summary>
    internal SampleEvent History(long i)
    {
        var dice = new Dice(i);
        var arrived = StartMs + (long)((double)i / Count * SpanMs) + dice.Below(60_000);
        var late = dice.Below(100) < 2 ? dice.Below(7 * 24 * (int)HourMs) : 0;
        return Make(i, Math.Max(StartMs, arrived - late), ref dice);
    }

    /// <summary>Makes an event that lies after T: it is stored like any other, and changes no answer.</summary>
    internal SampleEvent Later(long i)
    {
        var dice = new Dice(-1 - i);
        return Make(Count + i, AsOfMs + (30 * 24 * HourMs) + i, ref dice);
    }

    /// <summary>Gets the right answers, from walking over the events once with nothing but a dictionary.</summary>
    internal Totals[] Answers(PointQuestion[] questions)
    {
        var asked = questions.Index().ToLookup(q => (q.Item.Profile, q.Item.Metric));
        var answers = new Totals[questions.Length];
        for (var i = 0L; i < Count; i++)
        {
            var sample = History(i);
            foreach (var (index, question) in asked[(sample.Profile, sample.Metric)])
            {
                if (question.Counts(sample))
                {
                    answers[index] = answers[index].Plus(sample.Value);
                }
            }
        }

        return answers;
    }

    private static string[] Names(string prefix, int count) =>
        [.. Enumerable.Range(1, count).Select(i => prefix + i.ToString(CultureInfo.InvariantCulture))];

    private SampleEvent Make(long number, long timeMs, ref Dice dice)
    {
        var share = dice.Share();
        var kind = dice.Below(100);
        var quantity = 1 + dice.Below(7);
        var price = (99 + dice.Below(20_000)) / 100.0;
        return new SampleEvent
        {
            Profile = (int)(share * share * Profiles),
            Metric = Array.FindIndex(MetricUpTo, upTo => kind < upTo),
            TimeMs = timeMs,
            Value = Math.Round(quantity * price, 2),
            UniqueId = "evt-" + number.ToString(CultureInfo.InvariantCulture),
            OrderId = "o-" + number.ToString(CultureInfo.InvariantCulture),
            City = dice.Below(10) == 0 ? Paris : Cities[dice.Below(Cities.Length)],
            Category = Categories[dice.Below(Categories.Length)],
            Sku = Skus[dice.Below(Skus.Length)],
            Quantity = quantity,
            Price = price,
            Discount = dice.Below(4) == 0,
            DeliveryMs = timeMs + (dice.Below(96) * HourMs),
        };
    }
}
