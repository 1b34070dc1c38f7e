using System.Globalization;

namespace Klaviyo.Tests.Cases;

// One person, one definition in our grammar, and whether the person is in the segment at T. Times are ISO 8601, or are counted from
// T in days, hours, minutes or milliseconds: "-7d", "+1h", "-1ms".
internal sealed record SegmentCase(string Name, bool IsMember, string Definition, params CustomerWrite[] Known)
{
    private static readonly Identifier Person = Identifier.ExternalId("1");

    internal string At { get; init; } = "2026-11-23T12:00:00Z";

    internal string Zone { get; init; } = "UTC";

    // Why the engine of which the case tells answers otherwise: then the answer is the one of our contract.
    internal string? Differs { get; init; }

    internal Instant T => Instant.Parse(At);

    public override string ToString() => Name;

    internal static CustomerEvent Did(string metric, string at = "-1d", double? value = null, PropertyMap? properties = null) =>
        new() { Profile = [Person], Metric = metric, Time = TimeOf(at), Value = value, Properties = properties ?? [] };

    internal static ProfileWrite Has(string name, PropertyValue value, string at = "-100d") =>
        new() { Profile = [Person], Properties = new PropertyMap { [name] = value }, Time = TimeOf(at) };

    internal static ListWrite On(string list, string at = "-100d", bool member = true) =>
        new() { Profile = [Person], List = list, Member = member, Time = TimeOf(at) };

    internal static ConsentWrite Said(string channel, ConsentStatus status, string at, string method = "") =>
        new() { Profile = [Person], Channel = channel, Status = status, Time = TimeOf(at), Method = method };

    internal static PropertyValue List(params PropertyValue[] items) => items;

    // Times relative to T are kept as a distance from the first millisecond until T is known.
    internal CustomerWrite Placed(CustomerWrite write) =>
        write.Time is { } time && time < Instant.Parse("1000-01-01")
            ? write with { Time = T.PlusMs(time.UnixMs - Origin.UnixMs) }
            : write;

    private static Instant Origin { get; } = Instant.Parse("0500-01-01");

    private static Instant TimeOf(string at)
    {
        if (at[0] is not ('-' or '+'))
        {
            return Instant.Parse(at);
        }

        var unit = at.TrimStart('-', '+').TrimStart("0123456789".ToCharArray());
        var quantity = long.Parse(at[..^unit.Length], CultureInfo.InvariantCulture);
        return Origin.PlusMs(quantity * unit switch
        {
            "ms" => 1,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => throw new ArgumentOutOfRangeException(nameof(at), at, "Not a unit."),
        });
    }

    // The conditions as JSON.
    internal static string Property(string property, string filter) =>
        $$"""{"type":"profile-property","property":"{{property}}","filter":{{filter}}}""";

    internal static string Metric(
        string metric, string op, double amount, string? window = null, string? where = null, string measurement = "count") =>
        $$"""{"type":"profile-metric","metric_id":"{{metric}}","measurement":"{{measurement}}","measurement_filter":{"type":"numeric","operator":"{{op}}","value":{{amount.ToString(CultureInfo.InvariantCulture)}}},"timeframe_filter":{{window ?? AllTime}},"metric_filters":[{{where}}]}""";

    internal static string Where(string property, string filter) => $$"""{"property":"{{property}}","filter":{{filter}}}""";

    internal static string Text(string op, string value) => $$"""{"type":"string","operator":"{{op}}","value":"{{value}}"}""";

    internal static string Number(string op, double value) =>
        $$"""{"type":"numeric","operator":"{{op}}","value":{{value.ToString(CultureInfo.InvariantCulture)}}}""";

    internal static string Truth(bool value) => $$"""{"type":"boolean","operator":"equals","value":{{(value ? "true" : "false")}}}""";

    internal static string Between(double start, double end) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"type":"numeric","operator":"between","start":{{start}},"end":{{end}}}""");

    internal static string OfList(string op, string value) => $$"""{"type":"list","operator":"{{op}}","value":{{value}}}""";

    internal static string OneOf(string op, params string[] values) =>
        $$"""{"type":"string","operator":"{{op}}","value":[{{string.Join(',', values.Select(v => $"\"{v}\""))}}]}""";

    internal static string Date(string op) => $$"""{"type":"date","operator":"{{op}}"}""";

    internal static string Date(string op, int quantity, string unit) =>
        $$"""{"type":"date","operator":"{{op}}","quantity":{{quantity}},"unit":"{{unit}}"}""";

    internal static string Ago(int start, int end, string unit) =>
        $$"""{"type":"date","operator":"between","start":{{start}},"end":{{end}},"unit":"{{unit}}"}""";

    internal static string Calendar(string op, string unit) => $$"""{"type":"date","operator":"{{op}}","unit":"{{unit}}"}""";

    internal static string Day(string op, string date) => $$"""{"type":"date","operator":"{{op}}","date":"{{date}}"}""";

    internal static string Days(string start, string end) => $$"""{"type":"date","operator":"between-static","start":"{{start}}","end":"{{end}}"}""";

    internal static string In(bool isMember, params string[] groups) =>
        $$"""{"type":"profile-group-membership","is_member":{{(isMember ? "true" : "false")}},"group_ids":[{{string.Join(',', groups.Select(g => $"\"{g}\""))}}]}""";

    internal static string All(params string[] conditions) => $$"""{"and":[{{string.Join(',', conditions)}}]}""";

    internal static string Any(params string[] conditions) => $$"""{"or":[{{string.Join(',', conditions)}}]}""";

    internal static string Not(string condition) => $$"""{"not":{{condition}}}""";

    internal const string AllTime = """{"type":"date","operator":"alltime"}""";

    internal const string IsSet = """{"type":"existence","operator":"is-set"}""";

    internal const string NotSet = """{"type":"existence","operator":"not-set"}""";
}
