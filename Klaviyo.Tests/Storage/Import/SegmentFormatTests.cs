using System.Text.Json;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Storage.Import;

public sealed class SegmentFormatTests
{
    private static readonly SegmentFormat Format = new();

    [Test]
    public void Track_BecomesAnEvent()
    {
        var e = Imported.Event(Format, """
            {"type":"track","event":"Order Completed","userId":"u1","anonymousId":"a1","messageId":"m1",
            """.Trim() + """
            "timestamp":"2026-11-23T08:30:00.123456Z","properties":{"revenue":12.5,"tags":["a",1,null],"at":{"b":true}}}
            """);

        Assert.That(Imported.Show(e), Is.EqualTo(
            "external_id:u1 anonymous_id:a1 Order Completed at 2026-11-23T08:30:00.123Z value 12.5 id m1 "
            + """{"revenue":12.5,"tags":["a",1,null],"at":{"b":true}} {}"""));
    }

    // "An event's `value` is the number given as value; for Segment messages `properties.value`, else
    // `properties.revenue`."
    [TestCase("""{"value":1,"revenue":2}""", 1.0)]
    [TestCase("""{"revenue":2}""", 2.0)]
    [TestCase("""{"value":"1","revenue":2}""", 2.0)]
    [TestCase("""{"value":null,"revenue":"2"}""", null)]
    [TestCase("""{"total":2}""", null)]
    [TestCase("null", null)]
    public void Track_TakesItsValueFromValueElseRevenue(string properties, double? value)
    {
        var e = Imported.Event(Format, $$"""{"type":"track","event":"E","userId":"u","properties":{{properties}}}""");
        Assert.That(e.Value, Is.EqualTo(value));
    }

    [TestCase("\"timestamp\":\"2026-01-02T03:04:05Z\",\"originalTimestamp\":\"2020-01-01\"", "2026-01-02T03:04:05.000Z")]
    [TestCase("\"originalTimestamp\":\"2026-01-02T03:04:05+02:00\",\"timestamp\":null", "2026-01-02T01:04:05.000Z")]
    [TestCase("\"timestamp\":\"2026-01-02 03:04:05\"", "2026-01-02T03:04:05.000Z")]
    [TestCase("\"timestamp\":\"2026-01-02T03:04:05\\u005a\"", "2026-01-02T03:04:05.000Z")]
    [TestCase("\"sentAt\":\"2026-01-02T03:04:05Z\"", "")]
    public void Track_TakesItsTimeFromTimestampElseTheOriginal(string fields, string time)
    {
        var e = Imported.Event(Format, $$"""{"type":"track","event":"E","userId":"u",{{fields}}}""");
        Assert.That(e.Time?.ToString() ?? "", Is.EqualTo(time));
    }

    [Test]
    public void Track_KeepsContextAsAProperty_WhereItIsNotEmpty()
    {
        var with = Imported.Event(Format, """{"type":"track","event":"E","userId":"u","context":{"ip":"8.8.8.8"}}""");
        var without = Imported.Event(Format, """{"type":"track","event":"E","userId":"u","context":{}}""");

        Assert.That(Imported.Show(with.Properties), Is.EqualTo("""{"context":{"ip":"8.8.8.8"}}"""));
        Assert.That(without.Properties, Is.Empty);
    }

    [TestCase("\"userId\":\"u\"", "external_id:u")]
    [TestCase("\"userId\":4711", "external_id:4711")]
    [TestCase("\"userId\":null,\"anonymousId\":\"a\"", "anonymous_id:a")]
    [TestCase("\"userId\":\"\",\"anonymousId\":\"a\"", "anonymous_id:a")]
    [TestCase("\"anonymousId\":\"a\",\"userId\":\"u\"", "external_id:u anonymous_id:a")]
    public void Ids_NameTheProfile(string ids, string names)
    {
        var e = Imported.Event(Format, $$"""{"type":"track","event":"E",{{ids}}}""");
        Assert.That(Imported.Names(e), Is.EqualTo(names));
    }

    [Test]
    public void Identify_KeepsTraitsAndAddsTheNamesThatProfilesHave()
    {
        var profile = Imported.Profile(Format, """
            {"type":"identify","userId":"u","timestamp":"2026-01-01","traits":{"email":" Ada@Example.com","phone":"+49 30 123456","firstName":"Ada","lastName":"L","last_name":"Lovelace","address":{"street":"6th St","city":"SF","state":"CA","postalCode":"94103","country":"USA"}}}
            """);

        Assert.That(
            Imported.Names(profile),
            Is.EqualTo("external_id:u email:ada@example.com phone_number:+4930123456"));
        Assert.That(profile.Time.ToString(), Is.EqualTo("2026-01-01T00:00:00.000Z"));
        Assert.That(profile.Properties["email"].AsString(), Is.EqualTo(" Ada@Example.com"));
        Assert.That(profile.Properties["first_name"].AsString(), Is.EqualTo("Ada"));
        Assert.That(profile.Properties["last_name"].AsString(), Is.EqualTo("Lovelace"));
        Assert.That(Imported.Show(profile.Properties["location"].AsObject()), Is.EqualTo(
            """{"address1":"6th St","city":"SF","region":"CA","zip":"94103","country":"USA"}"""));
    }

    [Test]
    public void Identify_WithATraitThatIsNoAddress_KeepsItAsATrait()
    {
        var profile = Imported.Profile(
            Format,
            """{"type":"identify","userId":"u","traits":{"email":"none","phone":"555"}}""");
        Assert.That(Imported.Show(profile), Is.EqualTo("""external_id:u at  {"email":"none","phone":"555"}"""));
    }

    [Test]
    public void Identify_ByEmailAlone_NamesTheProfile()
    {
        var profile = Imported.Profile(Format, """{"type":"identify","traits":{"email":"a@b.c"}}""");
        Assert.That(Imported.Names(profile), Is.EqualTo("email:a@b.c"));
    }

    [TestCase("page", "Viewed Page")]
    [TestCase("screen", "Viewed Screen")]
    public void Page_BecomesAnEventWithItsName(string type, string metric)
    {
        var e = Imported.Event(
            Format,
            $$$"""{"type":"{{{type}}}","userId":"u","name":"Home","category":"Start","properties":{"url":"/"}}""");
        Assert.That(e.Metric, Is.EqualTo(metric));
        Assert.That(Imported.Show(e.Properties), Is.EqualTo("""{"url":"/","name":"Home","category":"Start"}"""));
    }

    [Test]
    public void Page_WithANameAmongItsProperties_KeepsThatOne()
    {
        var e = Imported.Event(
            Format,
            """{"type":"page","userId":"u","name":"Home","properties":{"name":"Welcome"}}""");
        Assert.That(Imported.Show(e.Properties), Is.EqualTo("""{"name":"Welcome"}"""));
    }

    [Test]
    public void Group_BecomesAnEvent_AnAccount_AndAMember()
    {
        var items = Imported.Read(Format, """{"type":"group","userId":"u","groupId":"g","traits":{"plan":"x"}}""");
        var account = (ProfileWrite)items[0].Write!;
        var relation = (RelationWrite)items[1].Write!;
        var e = (CustomerEvent)items[2].Write!;
        Assert.That(items.Select(i => i.EndsRecord), Is.EqualTo(new[] { false, false, true }));
        Assert.That(account.Profile, Is.EqualTo(new[] { Identifier.Object("account", "g") }));
        Assert.That(Imported.Show(account.Properties), Is.EqualTo("""{"plan":"x"}"""));
        Assert.That(relation.Object, Is.EqualTo(account.Profile[0]));
        Assert.That((relation.Name, relation.Profile[0].Value), Is.EqualTo(("member", "u")));
        Assert.That(e.Metric, Is.EqualTo("Joined Group"));
        Assert.That(Imported.Show(e.Properties), Is.EqualTo("""{"group_id":"g","traits":{"plan":"x"}}"""));
    }

    [Test]
    public void Alias_GivesAProfileBothIds()
    {
        var profile = Imported.Profile(Format, """{"type":"alias","previousId":"old","userId":"u"}""");
        Assert.That(Imported.Show(profile), Is.EqualTo("external_id:u anonymous_id:old at  {}"));
    }

    [TestCase("""{"type":"track","userId":"u"}""", "event")]
    [TestCase("""{"type":"track","event":" ","userId":"u"}""", "event")]
    [TestCase("""{"type":"track","event":5,"userId":"u"}""", "event")]
    [TestCase("""{"type":"track","event":"E"}""", "userId")]
    [TestCase("""{"type":"track","event":"E","userId":true}""", "userId")]
    [TestCase("""{"type":"track","event":"E","userId":"u","timestamp":"yesterday"}""", "timestamp")]
    [TestCase("""{"type":"track","event":"E","userId":"u","timestamp":1700000000}""", "timestamp")]
    [TestCase("""{"type":"track","event":"E","userId":"u","timestamp":"12/31/2026"}""", "timestamp")]
    [TestCase("""{"type":"track","event":"E","userId":"u","properties":[1]}""", "properties")]
    [TestCase("""{"type":"track","event":"E","userId":"u","properties":{"a":{"b":[0,1e999]}}}""", "properties.a.b[1]")]
    [TestCase("""{"type":"track","event":"E","userId":"u","properties":{"a":"\ud800"}}""", "properties.a")]
    [TestCase("""{"type":"identify"}""", "userId")]
    [TestCase("""{"type":"group","userId":"u"}""", "groupId")]
    [TestCase("""{"type":"alias","userId":"u"}""", "previousId")]
    [TestCase("""{"type":"alias","previousId":"p"}""", "userId")]
    [TestCase("""{"type":"delete","userId":"u"}""", "type")]
    [TestCase("""{"userId":"u"}""", "type")]
    [TestCase("""5""", "")]
    [TestCase("""{"type":"track","event":"E","userId":"u"}}""", "")]
    [TestCase("""{"type":"track","event":"E","userId":"u"} x""", "")]
    [TestCase("""{"type":"track","event":"E","userId":"u",""", "")]
    [TestCase("""{"type":"track","event":"E","userId":"u",}""", "")]
    [TestCase("""not json""", "")]
    public void BadMessage_IsRefusedWithItsField(string line, string field)
    {
        var rejection = Imported.Refused(Format, line);
        Assert.That(rejection.Field, Is.EqualTo(field));
        Assert.That(rejection.Line, Is.EqualTo(1));
        Assert.That(rejection.Reason, Does.EndWith("."));
    }

    // "Bad input is refused alone with the reason and its place (line, field), never the whole batch, never a crash."
    [Test]
    public void BadLine_IsRefusedAlone()
    {
        var items = Imported.Read(Format, """
            {"type":"track","event":"A","userId":"u"}

            {"type":"track","event":"B"
            {"type":"track","event":"C","userId":"u"}
            """);

        Assert.That(Imported.Outline(items), Is.EqualTo("1 A, 3 !, 4 C"));
    }

    [Test]
    public void BatchBody_GivesARecordAMessage()
    {
        var items = Imported.Read(Format, """
            {"batch":[{"type":"track","event":"A","userId":"u"},{"type":"track","userId":"u"},7,{"type":"track","event":"B","userId":"u","context":{"own":1}}],"context":{"shared":1},"writeKey":"k"}
            {"type":"track","event":"C","userId":"u"}
            """);

        Assert.That(string.Join('\n', items.Select(Imported.Show)), Is.EqualTo("""
            1 external_id:u A at  value  id  {"context":{"shared":1}} {}
            1 ! batch[1].event: The name of the event is needed.
            1 ! batch[2]: A Segment message is an object.
            1 external_id:u B at  value  id  {"context":{"own":1}} {}
            2 external_id:u C at  value  id  {} {}
            """));
    }

    [Test]
    public void BatchBody_OverSeveralLines_GivesEachMessageItsLine()
    {
        var items = Imported.Read(Format, """
            {
              "batch": [
                { "type": "track", "event": "A", "userId": "u" },
                {
                  "type": "track", "event": "B",
                  "userId": "u"
                },
                { "type": "track", "event": "C" }
              ]
            }
            { "type": "track", "event": "D", "userId": "u" }
            """);

        Assert.That(Imported.Outline(items), Is.EqualTo("3 A, 4 B, 8 ! batch[2].userId, 11 D"));
    }

    [Test]
    public void Array_OverSeveralLines_GivesEachMessageItsLine()
    {
        var items = Imported.Read(Format, """

            [
              {"type":"track","event":"A","userId":"u"}, {"type":"track","event":"B","userId":"u"},
              {"type":"track","event":},
              {"type":"track",
               "event":"C","userId":"u"}
            ]
            """);

        Assert.That(Imported.Outline(items), Is.EqualTo("3 A, 3 B, 4 !, 5 C"));
    }

    [Test]
    public void Array_ThatIsNotClosed_KeepsWhatWasWhole()
    {
        var items = Imported.Read(Format, """
            [{"type":"track","event":"A","userId":"u"},
            {"type":"track","event":"B","userId":
            """);
        Assert.That(Imported.Outline(items), Is.EqualTo("1 A, 2 !"));
    }

    [TestCase("""{"type":"track","event":"A",""")]
    [TestCase("""{"type":"track","properties":{""")]
    [TestCase("{")]
    public void FirstLine_ThatIsDamaged_TakesNoOtherWithIt(string first)
    {
        var items = Imported.Read(Format, first + "\n" + """{"type":"track","event":"B","userId":"u"}""" + "\n");
        Assert.That(Imported.Outline(items), Is.EqualTo("1 !, 2 B"));
    }

    // One that would go on has to be read to its end first.
    [TestCase("""{"batch":[""")]
    [TestCase("""{"batch":[{"type":"track","properties":{""")]
    [TestCase("[[")]
    [TestCase("""[{"type":"track","event":["A"}""")]
    [TestCase("""[{"type":"track","event":"A}""")]
    public void FirstLine_ThatIsNotClosed_TakesNoOtherWithIt(string first)
    {
        var lines = Enumerable.Range(2, 8).Select(n => $$"""{"type":"track","event":"E{{n}}","userId":"u"}""").ToArray();
        lines[4] = "{\"batch\":[";
        var items = Imported.Read(Format, first + "\n\n" + string.Join('\n', lines));
        Assert.That(Imported.Outline(items), Is.EqualTo("1 !, 3 E2, 4 E3, 5 E4, 6 E5, 7 !, 8 E7, 9 E8, 10 E9"));
    }

    // Elements that are written over lines, or end with commas, belong to what was not closed.
    [TestCase("""
        {"batch":[
        {"type":"track","event":"A","userId":"u"},
        {"type":"track","event":"B","userId":"u"},
        """)]
    [TestCase("""
        [{
          "type": "track",
          "properties": {"a": 1},
        """)]
    public void Document_ThatIsCutOff_IsOneRejection(string text) =>
        Assert.That(Imported.Outline(Imported.Read(Format, text)), Is.EqualTo("1 !"));

    [Test]
    public void Message_OverSeveralLines_IsOne()
    {
        var e = Imported.Event(Format, """
            {
              "type": "track",
              "event": "A",
              "userId": "u"
            }
            """);
        Assert.That(e.Metric, Is.EqualTo("A"));
    }

    [Test]
    public void PublishedMessages_AreUnderstood_OrSayWhatTheyLack()
    {
        var refused = new List<string>();
        foreach (var item in SharedCases.Json("cases", "payloads", "segment_spec_messages.json").GetProperty("items").EnumerateArray())
        {
            var payload = item.GetProperty("payload");
            var items = Imported.Read(Format, JsonSerializer.Serialize(payload));
            Assert.That(items, Is.Not.Empty);
            var isMessage = payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty("type", out _);
            refused.AddRange(items.Where(i => isMessage && i.Rejection is not null).Select(i => i.Rejection!.Field));
        }

        // Those that the documentation shortens: without a user, or with a month of one digit.
        Assert.That(refused, Has.All.EqualTo("userId").Or.EqualTo("type"));
    }
}
