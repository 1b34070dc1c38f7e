using CsCheck;

namespace Klaviyo.Tests.Oracle;

// A small world, so that everything meets everything: few people, few metrics, times that collide.
internal static class RandomWrites
{
    internal static readonly Instant Now = Instant.Parse("2026-11-23T12:00:00Z");

    internal static readonly string[] Metrics = ["Placed Order", "Viewed Product", "Opened Email"];

    internal static readonly string[] Properties = ["city", "plan", "score"];

    // Too long for a column.
    private static readonly string LongText = new('ü', 100);

    private static readonly Gen<Identifier> Identifiers = Gen.OneOf(
        Gen.Int[1, 4].Select(n => Identifier.ExternalId($"{n}")),
        Gen.Int[1, 4].Select(n => Identifier.Email($"p{n}@example.com")),
        Gen.Int[1, 4].Select(n => Identifier.AnonymousId($"device-{n}")));

    private static readonly Gen<PropertyValue> Values = Gen.OneOf(
        Gen.Const(PropertyValue.Null),
        Gen.Int[0, 3].Select(n => (PropertyValue)n),
        OneOf<PropertyValue>("Paris", "New York", "", true, 1.25, 0.1, -0.0, 1e300, 9007199254740993.0, LongText),
        Gen.Const((PropertyValue)Now),
        Gen.Const((PropertyValue)new PropertyValue[] { "a", 1.0, PropertyValue.Null }),
        Gen.Const((PropertyValue)new PropertyMap { ["inner"] = new PropertyMap { ["x"] = 1.0 } }));

    private static readonly Gen<PropertyMap> Maps = Gen.Select(OneOf(Properties), Values).Array[0, 3].Select(items =>
    {
        var map = new PropertyMap();
        foreach (var (name, value) in items)
        {
            map[name] = value;
        }

        return map;
    });

    // Mostly the last days, some far away, some in the future, many equal; null is the clock's now.
    private static readonly Gen<Instant?> Times = Gen.Frequency(
        (1, Gen.Const((Instant?)null)),
        (4, Gen.Int[-9, 1].Select(days => (Instant?)Now.Plus(TimeSpan.FromDays(days)))),
        (3, Gen.Int[-3_000_000, 500_000].Select(s => (Instant?)Now.PlusMs(s * 1000L + 7))));

    internal static readonly Gen<CustomerWrite> Write = Gen.Frequency(
        (6, Event()),
        (2, Gen.Select(Who(), Maps, Times).Select((who, map, time) =>
            (CustomerWrite)new ProfileWrite { Profile = who, Properties = map, Time = time })),
        (1, Gen.Select(Who(), OneOf("email", "sms"), Gen.Enum<ConsentStatus>(), Times).Select((who, channel, status, time) =>
            (CustomerWrite)new ConsentWrite { Profile = who, Channel = channel, Status = status, Time = time, Method = "form" })),
        (1, Gen.Select(Who(), OneOf("vip", "news"), Gen.Bool, Times).Select((who, list, member, time) =>
            (CustomerWrite)new ListWrite { Profile = who, List = list, Member = member, Time = time })));

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<IReadOnlyList<Identifier>> Who() => Identifiers.Array[1, 3].Select(a => (IReadOnlyList<Identifier>)a);

    private static Gen<CustomerWrite> Event()
    {
        var value = Gen.OneOf(Gen.Const((double?)null), Gen.Int[-20, 200].Select(n => (double?)(n / 4.0)), Gen.Double[-1e9, 1e9].Select(d => (double?)d));
        var uniqueId = Gen.OneOf(Gen.Const((string?)null), Gen.Int[1, 6].Select(n => (string?)$"id-{n}"));
        return Gen.Select(Who(), OneOf(Metrics), value, uniqueId, Gen.Select(Maps, Maps), Times)
            .Select((who, metric, amount, id, maps, time) => (CustomerWrite)new CustomerEvent
            {
                Profile = who,
                Metric = metric,
                Value = amount,
                UniqueId = id,
                Properties = maps.Item1,
                ProfileProperties = maps.Item2,
                Time = time,
            });
    }
}
