using System.Text;
using System.Text.Json;
using Klaviyo.Json;
using Klaviyo.Tests.Oracle;
using Klaviyo.Tests.Storage.Database;

namespace Klaviyo.Tests.Storage.Export;

public sealed class ExportTests
{
    private const string Vip = """
        {"condition_groups":[{"conditions":[
          {"type":"profile-group-membership","is_member":true,"group_ids":["vip"]}]}]}
        """;

    [Test]
    public async Task ExportProfile_TellsEverythingWithItsHistory()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var database = store.Database;
        await database.TrackAsync("anonymous_id:device", "Viewed Product", 1);
        await database.IdentifyAsync(["email:a@b.c"], new PropertyMap { ["plan"] = "free" }, Hours(-2));
        await database.IdentifyAsync(["email:a@b.c", "anonymous_id:device"], new PropertyMap { ["plan"] = "pro" }, Hours(1));
        await database.WriteAsync(new ListWrite { Profile = ["email:a@b.c"], List = "vip", Time = Hours(-1) });
        await database.WriteAsync(new ConsentWrite
        {
            Profile = ["email:a@b.c"],
            Channel = "email",
            Status = ConsentStatus.Suppressed,
            Time = Hours(-1),
        });
        using var document = await ExportAsync(database, "email:a@b.c");
        var root = document.RootElement;
        Assert.That(Texts(root.GetProperty("identifiers")), Is.EquivalentTo(new[] { "email:a@b.c", "anonymous_id:device" }));
        var plans = root.GetProperty("properties").GetProperty("plan").EnumerateArray().ToList();
        Assert.That(plans.Select(p => p.GetProperty("value").GetString()), Is.EqualTo(new[] { "free", "pro" }));
        Assert.That(root.GetProperty("consents").GetProperty("email")[0].GetProperty("status").GetString(), Is.EqualTo("Suppressed"));
        Assert.That(root.GetProperty("lists").GetProperty("vip")[0].GetProperty("member").GetBoolean(), Is.True);
        Assert.That(root.GetProperty("merges").GetArrayLength(), Is.EqualTo(1));
        Assert.That(root.GetProperty("events")[0].GetProperty("metric").GetString(), Is.EqualTo("Viewed Product"));
    }

    [Test]
    public async Task ExportProfile_OfNobody_WritesNothing()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        using var stream = new MemoryStream();
        Assert.That(await store.Database.ExportProfileAsync("email:no@b.c", stream), Is.False);
        Assert.That(stream.Length, Is.Zero);
    }

    [Test]
    public async Task Import_OfAnExport_KeepsValuesTextsAndSegmentsExactly()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var values = new PropertyMap
        {
            ["instant"] = Hours(3),
            ["looks like one"] = "instant:2026-01-01T00:00:00.000Z",
            ["deep"] = new PropertyMap { ["list"] = new PropertyValue[] { Hours(1), "instant:", -0.0, 1e300, PropertyValue.Null } },
            ["text"] = "line\nbreak \u2028 \"quoted\" <é>",
        };
        await store.Database.WriteAsync(new CustomerEvent
        {
            Profile = ["email:a@b.c"],
            Metric = "m",
            Properties = values,
            ProfileProperties = values,
            Time = Hours(-48),
        });
        await store.Database.DefineSegmentAsync("VIPs", SegmentJson.Parse(Vip));
        var export = await ExportRoundTripTests.ExportAsync(store.Database);

        await using var other = await DatabaseFixture.OpenAsync();
        other.Clock.Advance(TimeSpan.FromHours(5));
        await ExportRoundTripTests.ImportAsync(other.Database, export);
        var before = store.Database.Events("email:a@b.c").Events.Single();
        var after = other.Database.Events("email:a@b.c").Events.Single();
        Assert.That(after.Properties, Is.EqualTo(before.Properties).And.EqualTo(values));
        Assert.That(after.Received, Is.EqualTo(before.Received), "when it was received is a fact, not the moment of the import");
        Assert.That(other.Database.Profile("email:a@b.c")!.Properties["deep"], Is.EqualTo(values["deep"]));
        Assert.That(SegmentJson.Write(other.Database.Segment("VIPs")!), Is.EqualTo(Vip));
    }

    [Test]
    public async Task Import_IntoAStoreThatHasSome_AddsToTheProfilesThatAreThere()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await store.Database.TrackAsync("email:a@b.c", "Placed Order", 1, uniqueId: "1");
        var export = await ExportRoundTripTests.ExportAsync(store.Database);

        await using var other = await DatabaseFixture.OpenAsync();
        await other.Database.TrackAsync("email:z@b.c", "Placed Order", 1);
        await other.Database.TrackAsync("email:a@b.c", "Placed Order", 2, uniqueId: "2");
        await ExportRoundTripTests.ImportAsync(other.Database, export);
        await ExportRoundTripTests.ImportAsync(other.Database, export);
        Assert.That(other.Count("email:a@b.c", "Placed Order"), Is.EqualTo(2));
        Assert.That(other.Database.Stats().Profiles, Is.EqualTo(2));
    }

    [Test]
    public async Task EventTable_IsReadBackByTheCsvImport()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 3);
        var odd = new PropertyMap { ["a,b"] = "line\nwith \"quotes\", and commas" };
        await store.Database.TrackAsync("external_id:1", "Placed Order", 1.5, odd, uniqueId: "x,\"y\"");
        await store.Database.TrackAsync("external_id:1", "Placed Order", -0.25);
        await store.Database.TrackAsync("external_id:2", "Viewed Product");
        using var table = new MemoryStream();
        var result = await store.Database.ExportEventTableAsync(table);
        Assert.That((result.Profiles, result.Events, result.Lines), Is.EqualTo((2, 3, 4)));

        await using var other = await DatabaseFixture.OpenAsync();
        table.Position = 0;
        var map = CsvMapping.Parse("""
            {"profile":{"external_id":"external_id"},"time":"time","metric":{"column":"metric"},"value":"value",
            "unique_id":["unique_id"],"properties":["properties"]}
            """);
        var imported = await other.Database.ImportAsync(table, new ImportOptions { Format = new CsvFormat(map) });
        Assert.That(imported.FirstRejection, Is.Null);
        var read = other.Database.Events("external_id:1").Events;
        Assert.That(read.Select(e => e.Value), Is.EqualTo(new[] { 1.5, -0.25 }));
        Assert.That(read[0].UniqueId, Is.EqualTo("x,\"y\""));
        using var properties = JsonDocument.Parse(read[0].Properties["properties"].AsString());
        Assert.That(PropertyJson.ToMap(properties.RootElement), Is.EqualTo(odd));
    }

    [Test]
    public async Task Export_WhileWritersGoOn_IsOfOneMoment()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 3);
        for (var i = 0; i < 50; i++)
        {
            var filling = new PropertyMap { ["filling"] = new string('x', 10_000) };
            await store.Database.TrackAsync($"anonymous_id:{i}", "m", i, filling);
        }

        // A stream that writes to the store whenever the export writes to it: events, and merges of what was exported.
        using var output = new MeddlingStream(n =>
        {
            store.Database.Apply(new CustomerEvent { Profile = [$"anonymous_id:{n % 50}"], Metric = "late" });
            store.Database.Apply(new ProfileWrite { Profile = [$"anonymous_id:{n % 50}", $"external_id:{n}"] });
            store.Database.Apply(new ProfileWrite { Profile = [$"anonymous_id:{(n + 25) % 50}", $"external_id:{n}"] });
        });
        var result = await store.Database.ExportAsync(output);
        var text = Encoding.UTF8.GetString(output.ToArray());
        Assert.That(result.Profiles, Is.EqualTo(50));
        Assert.That(result.Events, Is.EqualTo(50));
        Assert.That(text, Does.Not.Contain("late").And.Not.Contain("\"merge\"").And.Not.Contain("external_id"));
    }

    [TestCase("""{"type":"nonsense","profile":"email:a@b.c"}""", "type")]
    [TestCase("""{"profile":"email:a@b.c"}""", "type")]
    [TestCase("""{"type":"event","profile":"ada"}""", "profile")]
    [TestCase("""{"type":"profile","identifiers":[]}""", "identifiers")]
    [TestCase("""{"type":"merge","profile":"email:a@b.c","source":"email:b@b.c"}""", "source")]
    [TestCase("""{"type":"consent","profile":"email:a@b.c","channel":"sms","status":"yes"}""", "status")]
    [TestCase("""{"type":"segment","name":"x","definition":"{}"}""", "definition")]
    [TestCase("""{"type":"event","profile":"email:a@b.c","time":"2026-01-01"}""", "metric")]
    public async Task Import_OfALineThatIsNone_RefusesItAlone(string line, string field)
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var good = """{"type":"event","profile":"email:z@b.c","metric":"m","time":"2026-01-01T00:00:00.000Z"}""";
        var result = await ExportRoundTripTests.ImportAsync(store.Database, Encoding.UTF8.GetBytes(line + "\n" + good));
        Assert.That(result.FirstRejection!.Field, Is.EqualTo(field));
        Assert.That(result.Accepted, Is.EqualTo(1));
    }

    private static Instant Hours(int hours) => DatabaseFixture.Start.Plus(TimeSpan.FromHours(hours));

    private static IEnumerable<string?> Texts(JsonElement list) => list.EnumerateArray().Select(e => e.GetString());

    private static async Task<JsonDocument> ExportAsync(CustomerDatabase database, Identifier profile)
    {
        using var stream = new MemoryStream();
        Assert.That(await database.ExportProfileAsync(profile, stream), Is.True);
        return JsonDocument.Parse(stream.ToArray());
    }

    // Pipes write seldom, so the meddling is as often as that, and then a lot.
    private sealed class MeddlingStream(Action<int> meddle) : MemoryStream
    {
        private int _turn;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (var i = 0; i < 100; i++)
            {
                meddle(_turn++);
            }

            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
