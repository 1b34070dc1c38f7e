using System.Text.Json;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Storage.Import;

public sealed class KlaviyoFormatTests
{
    private const string Event = """
        {"type":"event","attributes":{"properties":{"Brand":"Kids Book"},"time":"2022-11-08T00:00:00+00:00","value":9.99,"value_currency":"USD","unique_id":"e1","metric":{"data":{"type":"metric","attributes":{"name":"Viewed Product"}}},"profile":{"data":{"type":"profile","attributes":{"email":"Sarah@Example.com","external_id":"x1","first_name":"Sarah","location":{"city":"Boston"},"properties":{"pseudonym":"Dr. Octopus","first_name":"other"}}}}}}
        """;

    private const string ShownEvent =
        "email:sarah@example.com external_id:x1 Viewed Product at 2022-11-08T00:00:00.000Z value 9.99 id e1 "
        + """{"Brand":"Kids Book","value_currency":"USD"} """
        + """{"first_name":"Sarah","location":{"city":"Boston"},"pseudonym":"Dr. Octopus"}""";

    private static readonly KlaviyoFormat Format = new();

    [Test]
    public void Event_IsTheSame_WithAndWithoutItsBody()
    {
        Assert.That(Imported.Show(Imported.Event(Format, Event)), Is.EqualTo(ShownEvent));
        Assert.That(Imported.Show(Imported.Event(Format, $$"""{"data":{{Event}}}""")), Is.EqualTo(ShownEvent));
        Assert.That(
            Imported.Show(Imported.Event(Format, $$"""{"links":{},"data":{{Event}},"x":1}""")),
            Is.EqualTo(ShownEvent));
    }

    [Test]
    public void Event_IsTheSame_WhereItsTypeComesLast()
    {
        var last = Event.TrimEnd()[..^1].Replace("{\"type\":\"event\",", "{", StringComparison.Ordinal) + ",\"type\":\"event\"}";
        Assert.That(Imported.Show(Imported.Event(Format, last)), Is.EqualTo(ShownEvent));
        Assert.That(Imported.Show(Imported.Event(Format, $$"""{"data":{{last}}}""")), Is.EqualTo(ShownEvent));
    }

    [Test]
    public void Event_WithBackfill_IsHistory()
    {
        var e = Imported.Event(
            Format,
            Event.Replace("\"value\"", "\"backfill\":true,\"value\"", StringComparison.Ordinal));
        Assert.That(e.Backfill, Is.True);
    }

    [Test]
    public void Profile_IsWrittenFlat()
    {
        var profile = Imported.Profile(Format, """
            {"data":{"type":"profile","id":"01GDDKASAP8TKDDA2GRZDSVP4H","attributes":{"email":null,"external_id":"x","title":null,"last_name":"Mason","properties":{"a":[1]}},"meta":{"patch_properties":{"append":{"skus":"1"},"unset":["b","c"]}}}}
            """);

        Assert.That(Imported.Show(profile), Is.EqualTo(
            "external_id:x klaviyo_id:01GDDKASAP8TKDDA2GRZDSVP4H at  "
            + """{"title":null,"last_name":"Mason","a":[1],"b":null,"c":null}"""));
    }

    [Test]
    public void Profile_WithAnIdOfAStore_IsNamedByIt()
    {
        var profile = Imported.Profile(Format, """{"type":"profile","id":"000000000a","attributes":{}}""");
        Assert.That(Imported.Names(profile), Is.EqualTo("id:000000000a"));
    }

    [Test]
    public void BulkEvents_ShareTheProfileOfTheirEntry()
    {
        var items = Imported.Read(Format, """
            {"data":{"type":"event-bulk-create-job","attributes":{"events-bulk-create":{"data":[{"type":"event-bulk-create","attributes":{"events":{"data":[{"type":"event","attributes":{"properties":{"n":1},"unique_id":"1","metric":{"data":{"type":"metric","attributes":{"name":"A"}}}}},{"type":"event","attributes":{"properties":{"n":2}}},{"type":"event","attributes":{"backfill":false,"metric":{"data":{"type":"metric","attributes":{"name":"B"}}}}}]},"backfill":true,"profile":{"data":{"type":"profile","attributes":{"external_id":"p1","title":"Dr"}}}}},{"type":"event-bulk-create","attributes":{"profile":{"data":{"type":"profile","attributes":{"email":"bad"}}},"events":{"data":[]}}}]}}}}
            {"type":"profile","attributes":{"external_id":"p2"}}
            """);

        Assert.That(string.Join('\n', items.Select(Imported.Show)), Is.EqualTo("""
            1 external_id:p1 A at  value  id 1 {"n":1} {"title":"Dr"} backfill
            1 ! data.attributes.events-bulk-create.data[0].attributes.events.data[1].attributes.metric.data.attributes.name: The name of the metric is needed.
            1 external_id:p1 B at  value  id  {} {"title":"Dr"} backfill
            1 ! data.attributes.events-bulk-create.data[1].attributes.profile.data.attributes.email: 'bad' is not a valid email.
            2 external_id:p2 at  {}
            """));
    }

    [Test]
    public void BulkProfiles_GoOnTheirLists()
    {
        var items = Imported.Read(Format, """
            {"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[{"type":"profile","attributes":{"external_id":"a"}},{"type":"profile","attributes":{}},{"type":"profile","attributes":{"external_id":"b"}}]}},"relationships":{"lists":{"data":[{"type":"list","id":"L1"},{"type":"list","id":"L2"}]}}}}
            """);

        Assert.That(string.Join('\n', items.Select(Imported.Show)), Is.EqualTo("""
            1 external_id:a at  {} …
            1 external_id:a on L1: True …
            1 external_id:a on L2: True
            1 ! data.attributes.profiles.data[1]: A profile is named by id, external_id, email, phone_number or anonymous_id.
            1 external_id:b at  {} …
            1 external_id:b on L1: True …
            1 external_id:b on L2: True
            """));
    }

    [Test]
    public void Array_GivesEachResource()
    {
        var items = Imported.Read(Format, """
            {"data":[{"type":"profile","attributes":{"external_id":"a"}},{"type":"nothing"}]}
            [{"type":"profile","attributes":{"external_id":"b"}}]
            """);
        Assert.That(Imported.Outline(items), Is.EqualTo("1 ProfileWrite, 1 ! data[1].type, 2 ProfileWrite"));
    }

    [TestCase("\"name\":\"Viewed Product\"", "\"name\":\"\"", "attributes.metric.data.attributes.name")]
    [TestCase("\"name\":\"Viewed Product\"", "\"name\":7", "attributes.metric.data.attributes.name")]
    [TestCase("\"name\":\"Viewed Product\"", "\"other\":7", "attributes.metric.data.attributes.name")]
    [TestCase("\"value\":9.99", "\"value\":\"9.99\"", "attributes.value")]
    [TestCase("\"value\":9.99", "\"value\":1e999", "attributes.value")]
    [TestCase("\"value\":9.99", "\"backfill\":1", "attributes.backfill")]
    [TestCase("2022-11-08T00:00:00+00:00", "2022-13-08", "attributes.time")]
    [TestCase("{\"Brand\":\"Kids Book\"}", "\"x\"", "attributes.properties")]
    [TestCase("Sarah@Example.com", "Sarah", "attributes.profile.data.attributes.email")]
    [TestCase("\"email\":\"Sarah@Example.com\"", "\"phone_number\":\"555\"", "attributes.profile.data.attributes.phone_number")]
    [TestCase("{\"city\":\"Boston\"}", "{\"city\":[1e999]}", "attributes.profile.data.attributes.location.city[0]")]
    [TestCase("\"profile\":{\"data\"", "\"profile\":{\"date\"", "attributes.profile.data")]
    [TestCase("\"profile\":{\"data\"", "\"nobody\":{\"data\"", "attributes.profile")]
    [TestCase("\"type\":\"event\"", "\"type\":\"metric\"", "type")]
    [TestCase("\"type\":\"event\"", "\"type\":\"profile\"", "")]
    [TestCase("\"attributes\":{\"properties\"", "\"none\":{\"properties\"", "attributes")]
    public void BadEvent_IsRefusedWithItsField(string sound, string bad, string field)
    {
        var line = Event.Replace(sound, bad, StringComparison.Ordinal);
        Assert.That(line, Is.Not.EqualTo(Event));
        var rejection = Imported.Refused(Format, line);
        Assert.That(rejection.Field, Is.EqualTo(field));
    }

    [TestCase("POST /api/events", 1)]
    [TestCase("POST /api/event-bulk-create-jobs", 1)]
    [TestCase("POST /api/profiles", 1)]
    [TestCase("POST /api/profile-import", 1)]
    [TestCase("POST /api/profile-bulk-import-jobs", 2)]
    [TestCase("POST /client/events", 1)]
    [TestCase("POST /client/profiles", 1)]
    [TestCase("POST /client/event-bulk-create", 1)]
    public void PublishedBody_IsAccepted(string request, int writes)
    {
        var requests = SharedCases.Json("cases", "payloads", "klaviyo_request_examples.json").GetProperty("requests");
        var body = requests.EnumerateObject().Single(r => Named(r.Value) == request).Value.GetProperty("body");
        var items = Imported.Read(Format, JsonSerializer.Serialize(body));

        Assert.That(items.Select(i => i.Rejection), Has.All.Null);
        Assert.That(items, Has.Count.EqualTo(writes));
    }

    private static string Named(JsonElement request) =>
        $"{request.GetProperty("method").GetString()} {request.GetProperty("path").GetString()}";
}
