namespace Klaviyo.Tests.Support;

// One condition in another, as often as is asked for, in each way that there is.
internal static class DeepConditions
{
    internal const int LevelsMax = 256;

    internal const string Leaf =
        """{"type":"profile-metric","metric_id":"m","measurement":"count","measurement_filter":{"type":"numeric","operator":"greater-than-or-equal","value":1},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":1}}""";

    private static readonly Dictionary<string, (string Open, string Close)> Shapes = new()
    {
        ["and"] = ("{\"and\":[", "]}"),
        ["or"] = ("{\"or\":[", "]}"),
        ["not"] = ("{\"not\":", "}"),
        ["groups"] = ("{\"condition_groups\":[{\"conditions\":[", "]}]}"),
    };

    internal static IEnumerable<string> Names => Shapes.Keys;

    internal static string Json(string shape, int levels, string leaf = Leaf)
    {
        var (open, close) = Shapes[shape];
        return string.Concat(Enumerable.Repeat(open, levels)) + leaf + string.Concat(Enumerable.Repeat(close, levels));
    }

    internal static Condition InCode(string shape, int levels)
    {
        Condition condition = When.Did("m").InTheLast(1, TimeUnit.Day);
        for (var i = 0; i < levels; i++)
        {
            condition = shape switch
            {
                "and" => new AndCondition([condition]),
                "or" => new OrCondition([condition]),
                "not" => !condition,
                _ => new GroupsCondition([new OrCondition([condition])]),
            };
        }

        return condition;
    }
}
