using CsCheck;
using Klaviyo.Json;
using Klaviyo.Tests.Storage.Database;

namespace Klaviyo.Tests.Storage.Live;

// "In the segment since …" looks back only as far as that matters. What explains it looks back all the way, and must come to the same.
public sealed class SinceInSegmentTests
{
    private static readonly string[] Inner =
    [
        """{"type":"profile-metric","metric_id":"A","measurement":"count","measurement_filter":{"type":"numeric","operator":"greater-than","value":1},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":9}}""",
        """{"type":"profile-metric","metric_id":"A","measurement":"count","measurement_filter":{"type":"numeric","operator":"less-than","value":2},"timeframe_filter":{"type":"date","operator":"anniversary"}}""",
        """{"type":"profile-metric","metric_id":"A","measurement":"count","measurement_filter":{"type":"numeric","operator":"equals","value":0},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"month","quantity":1}}""",
        """{"type":"profile-property","property":"city","filter":{"type":"string","operator":"equals","value":"Paris"}}""",
    ];

    private static readonly string[] Joined =
    [
        """{"type":"date","operator":"in-the-last","unit":"day","quantity":QUANTITY}""",
        """{"type":"date","operator":"in-the-last","unit":"month","quantity":QUANTITY}""",
        """{"type":"date","operator":"at-least","unit":"day","quantity":QUANTITY}""",
        """{"type":"date","operator":"at-least","unit":"month","quantity":QUANTITY}""",
        """{"type":"date","operator":"between","unit":"week","start":1,"end":QUANTITY}""",
        """{"type":"date","operator":"before","date":"2026-03-0QUANTITYT00:00:00Z"}""",
        """{"type":"date","operator":"after","date":"2026-03-0QUANTITYT00:00:00Z"}""",
        """{"type":"date","operator":"between-static","start":"2026-02-20T00:00:00Z","end":"2026-03-0QUANTITYT00:00:00Z"}""",
        """{"type":"date","operator":"alltime"}""",
        """{"type":"date","operator":"anniversary"}""",
    ];

    [Test]
    public Task Since_WithinTheHorizon_IsWhatLookingBackAllTheWayGives() =>
        Gen.Int[0, 9_000].Array[0, 12].Array[12].SampleAsync(AssertExplained, iter: 4, threads: 1);

    private static async Task AssertExplained(int[][] profiles)
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var (database, asked) = (fixture.Database, 0);
        for (var i = 0; i < Inner.Length; i++)
        {
            await database.DefineSegmentAsync($"inner{i}", SegmentJson.Parse(Inner[i]));
        }

        var origin = Instant.Parse("2026-01-20T00:00:00Z");
        for (var i = 0; i < profiles.Length; i++)
        {
            var (profile, events) = (Identifier.ExternalId($"p{i}"), profiles[i]);
            foreach (var at in events)
            {
                await database.TrackAsync(profile, "A", time: origin.PlusMs(at * 900_000L));
                await database.IdentifyAsync([profile], new PropertyMap { ["city"] = at % 3 == 0 ? "Rome" : "Paris" }, origin.PlusMs(at * 700_000L));
            }

            for (var which = 0; which < Joined.Length * Inner.Length; which++)
            {
                var quantity = 1 + ((which + events.Length) % 6);
                var condition = SegmentJson.Parse($$"""
                    {"type":"profile-group-membership","is_member":{{(which % 7 > 0 ? "true" : "false")}},"group_ids":["inner{{which % Inner.Length}}"],
                     "timeframe_filter":{{Joined[which / Inner.Length].Replace("QUANTITY", $"{quantity}", StringComparison.Ordinal)}}}
                    """);
                foreach (var hours in (int[])[100, 931, 937, 1_500, 2_300])
                {
                    var at = origin.PlusMs((hours * 3_600_000L) + which);
                    var (holds, explained) = database.Store.Read(profile, (Rule: condition.Root, At: at), static (history, ask) =>
                    {
                        var context = new EvaluationContext(history, ask.At, AccountZone.Utc);
                        return (ask.Rule.Holds(context), ask.Rule.Explain(context).Holds);
                    });
                    Assert.That(holds, Is.EqualTo(explained), () => $"{profile} at {at}: {SegmentJson.Write(condition)}");
                    asked += holds ? 1 : 0;
                }
            }
        }

        Assert.That(asked, Is.GreaterThan(100), "Too few of the answers were yes.");
    }
}
