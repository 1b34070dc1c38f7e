using System.Text.Json;
using Klaviyo.Json;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Cases;

// The segment cases of another engine, evaluated from scratch over histories made of lists: no store takes part.
public sealed class DittofeedCoreTests
{
    // Translated by DittofeedTranslation; those that are not, are skipped with its reason.
    [TestCaseSource(nameof(SegmentCases))]
    public void Case_AtEveryExpectation_HasTheMembersThatUpstreamExpects(string id)
    {
        var test = All().Single(c => c.GetProperty("id").GetString() == id);
        var segments = new Dictionary<string, SegmentDefinition>();
        var users = new Dictionary<string, ListHistory>();
        Define(segments, test);
        foreach (var step in test.GetProperty("timeline").EnumerateArray())
        {
            switch (step.GetProperty("op").GetString())
            {
                case "ingest":
                    Ingest(users, step.GetProperty("events"));
                    break;
                case "redefine":
                    Define(segments, step);
                    break;
                case "expect":
                    Expect(users, segments, step);
                    break;
            }
        }
    }

    internal static IEnumerable<string> SegmentCases()
    {
        return File.Exists(Path.Combine(SharedCases.Root, "cases", "dittofeed_segments.json"))
            ? All().Where(c => c.GetProperty("segments").GetArrayLength() > 0).Select(c => c.GetProperty("id").GetString()!)
            : [];
    }

    internal static JsonElement.ArrayEnumerator All() =>
        SharedCases.Json("cases", "dittofeed_segments.json").GetProperty("cases").EnumerateArray();

    internal static void Define(Dictionary<string, SegmentDefinition> segments, JsonElement step)
    {
        foreach (var segment in step.GetProperty("segments").EnumerateArray())
        {
            if (!DittofeedTranslation.TryTranslate(segment.GetProperty("definition"), out var json, out var reason))
            {
                Assert.Ignore($"Not translated: {reason}.");
            }

            segments[segment.GetProperty("name").GetString()!] = SegmentJson.Parse(json);
        }
    }

    private static void Ingest(Dictionary<string, ListHistory> users, JsonElement events)
    {
        foreach (var e in events.EnumerateArray())
        {
            var user = e.GetProperty("userId").GetString()!;
            var history = users.TryGetValue(user, out var known) ? known : users[user] = new ListHistory(users.Count);
            var time = Instant.Parse(e.GetProperty("timestamp").GetString()!);
            if (e.GetProperty("type").GetString() == "track")
            {
                var properties = e.TryGetProperty("properties", out var p) ? PropertyJson.ToMap(p) : [];
                history.Did(e.GetProperty("event").GetString()!, time, double.NaN, properties);
            }
            else
            {
                history.Has("known", true, time);
                foreach (var (name, value) in e.TryGetProperty("traits", out var traits) ? PropertyJson.ToMap(traits) : [])
                {
                    history.Has(name, value, time);
                }
            }
        }
    }

    private static void Expect(
        Dictionary<string, ListHistory> users, Dictionary<string, SegmentDefinition> segments, JsonElement step)
    {
        var at = Instant.Parse(step.GetProperty("asOf").GetString()!);
        foreach (var user in step.TryGetProperty("users", out var expected) ? expected.EnumerateArray() : [])
        {
            foreach (var segment in user.TryGetProperty("segments", out var named) ? named.EnumerateObject() : [])
            {
                var history = users[user.GetProperty("id").GetString()!];
                Assert.That(segments[segment.Name].Holds(history.At(at)), Is.EqualTo(segment.Value.ValueKind == JsonValueKind.True),
                    $"{segment.Name} at {at}");
            }
        }
    }
}
