using System.Text;
using System.Text.Json;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Cases;

// The same cases through the whole path: Segment messages imported on a virtual clock, memberships asked of the database.
public sealed class DittofeedDatabaseTests
{
    [TestCaseSource(typeof(DittofeedCoreTests), nameof(DittofeedCoreTests.SegmentCases))]
    public async Task Case_ImportedAsSegmentMessages_HasTheMembersThatUpstreamExpects(string id)
    {
        var test = DittofeedCoreTests.All().Single(c => c.GetProperty("id").GetString() == id);
        var clock = new FakeTimeProvider(Instant.Parse("2025-03-12T12:00:00Z").ToDateTimeOffset());
        await using var database = await DatabaseFixture.OpenAsync(new SimulatedFiles(1), clock);
        var segments = new Dictionary<string, SegmentDefinition>();
        DittofeedCoreTests.Define(segments, test);
        foreach (var step in test.GetProperty("timeline").EnumerateArray())
        {
            var at = Instant.Parse(step.GetProperty("at").GetString()!).ToDateTimeOffset();
            clock.AdjustTime(at);
            switch (step.GetProperty("op").GetString())
            {
                case "ingest":
                    await IngestAsync(database, step.GetProperty("events"));
                    break;
                case "redefine":
                    DittofeedCoreTests.Define(segments, step);
                    break;
                case "expect":
                    Expect(database, segments, step);
                    break;
            }
        }

        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
    }

    private static async Task IngestAsync(CustomerDatabase database, JsonElement events)
    {
        var lines = string.Join('\n', events.EnumerateArray().Select(e => JsonSerializer.Serialize(e)));
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(lines));
        var result = await database.ImportAsync(input, new ImportOptions { Format = new SegmentFormat() });
        Assert.That(result.Accepted, Is.EqualTo(events.GetArrayLength()));
    }

    private static void Expect(CustomerDatabase database, Dictionary<string, SegmentDefinition> segments, JsonElement step)
    {
        var at = Instant.Parse(step.GetProperty("asOf").GetString()!);
        foreach (var user in step.TryGetProperty("users", out var users) ? users.EnumerateArray() : [])
        {
            var identifier = Identifier.ExternalId(user.GetProperty("id").GetString()!);
            if (!user.TryGetProperty("segments", out var expected))
            {
                continue;
            }

            foreach (var segment in expected.EnumerateObject().Where(s => segments.ContainsKey(s.Name)))
            {
                var member = segment.Value.ValueKind == JsonValueKind.True;
                Assert.That(database.IsMember(identifier, segments[segment.Name], at), Is.EqualTo(member), $"{segment.Name} of {identifier} at {at}");
                var listed = database.SegmentMembers(segments[segment.Name], at).Any(m => m.ExternalId == identifier.Value);
                Assert.That(listed, Is.EqualTo(member), $"{segment.Name} lists {identifier} at {at}");
            }
        }
    }
}
