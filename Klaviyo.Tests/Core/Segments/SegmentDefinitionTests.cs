using Klaviyo.Json;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Segments;

public sealed class SegmentDefinitionTests
{
    private const string Vip = """
        {"condition_groups":[
          {"conditions":[{"type":"profile-property","property":"properties['Country']","filter":{"type":"string","operator":"equals","value":"France"}},
                         {"type":"profile-group-membership","is_member":true,"group_ids":["vip"]}]},
          {"conditions":[{"type":"profile-metric","metric_id":"Placed Order","measurement":"sum",
            "measurement_filter":{"type":"numeric","operator":"greater-than","value":100},
            "timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":30}}]}]}
        """;

    [Test]
    public void Holds_GroupsAreAnded_ConditionsInAGroupAreOred()
    {
        var segment = SegmentJson.Parse(Vip);
        var buyer = new ListHistory().Did("Placed Order", "2026-11-01T00:00:00Z", 120);
        Assert.That(segment.Holds(buyer.At("2026-11-02")), Is.False);
        buyer.Has("Country", "France");
        Assert.That(segment.Holds(buyer.At("2026-11-02")), Is.True);
        Assert.That(segment.Holds(buyer.At("2026-10-02")), Is.False);
    }

    // "A value leaves a window at the exact millisecond that the table says, not at the next sweep."
    [Test]
    public void NextFlip_IsTheExactWindowEdge()
    {
        var segment = SegmentJson.Parse(Vip);
        var buyer = new ListHistory().Has("Country", "France").Did("Placed Order", "2026-11-01T00:00:00Z", 120);
        var flip = segment.NextFlip(buyer.At("2026-11-02"));
        Assert.That(flip, Is.EqualTo(Instant.Parse("2026-12-01T00:00:00Z")));
        Assert.That(segment.Holds(buyer.At(flip!.Value.PlusMs(-1))), Is.True);
        Assert.That(segment.Holds(buyer.At(flip.Value)), Is.False);
    }

    [Test]
    public void NextFlip_BeforeTheEvent_IsTheEvent()
    {
        var segment = SegmentJson.Parse(Vip);
        var buyer = new ListHistory().Has("Country", "France").Did("Placed Order", "2026-11-01T00:00:00Z", 120);
        Assert.That(segment.NextFlip(buyer.At("2021-01-01")), Is.EqualTo(Instant.Parse("2026-11-01T00:00:00Z")));
    }

    [Test]
    public void Write_OfWhatWasParsed_IsTheSameText()
    {
        Assert.That(SegmentJson.Write(SegmentJson.Parse(Vip)), Is.EqualTo(Vip));
    }

    [Test]
    public void Write_OfConditions_ParsesToAnEqualDefinition()
    {
        var segment = SegmentJson.Parse(Vip);
        Assert.That(SegmentJson.Parse(SegmentJson.Write(segment.Root)), Is.EqualTo(segment));
    }
}
