using System.Text.Json;

namespace Klaviyo.Tests.Samples;

// The shell's contract: one JSON document per answer, reasons on stderr, 0 done, 1 refused or failed, 2 wrong usage.
public sealed class ShellTests
{
    private const string BigSpenders = """
        {"condition_groups":[
          {"conditions":[{"type":"profile-property","property":"properties['city']",
            "filter":{"type":"string","operator":"equals","value":"New York"}}]},
          {"conditions":[{"type":"profile-metric","metric_id":"Placed Order","measurement":"sum",
            "measurement_filter":{"type":"numeric","operator":"greater-than","value":1000},
            "timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":30}}]}
        ]}
        """;

    private const string WelcomeBack = """
        {"triggers":[{"type":"metric","id":"Placed Order"}],"entry_action_id":"day","actions":[
          {"id":"day","type":"time-delay","data":{"unit":"days","value":1},"links":{"next":"mail"}},
          {"id":"mail","type":"send-email","data":{"status":"live","message":{"subject_line":"Hello","body":"Hello"}},
            "links":{"next":null}}]}
        """;

    private static readonly string Orders = string.Join('\n',
        """{"type":"identify","userId":"1","traits":{"email":"Ada@Example.com","city":"New York"},"timestamp":"2026-08-01"}""",
        Order("b", "1", "2026-10-05T10:00:00Z", """{"value":700,"Country":"France"}"""),
        Order("c", "1", "2026-10-20T10:00:00Z", """{"value":400.5,"Country":"Spain"}"""),
        Order("d", "1", "2026-08-20T10:00:00Z", """{"value":9,"Country":"France"}"""),
        Order("e", "2", "2026-10-20T10:00:00Z", """{"value":50}"""));

    private string _folder = "";

    private string Store => Path.Combine(_folder, "store");

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("klaviyo-shell-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("")]
    [TestCase("nonsense")]
    [TestCase("segment")]
    [TestCase("stats")]
    [TestCase("stats --data x --nonsense")]
    [TestCase("aggregate email:a@b.c --data x")]
    [TestCase("aggregate email:a@b.c --metric m --last 30q --data x")]
    [TestCase("aggregate email:a@b.c --metric m --measure nonsense --data x")]
    [TestCase("aggregate email:a@b.c --metric m --as-of yesterday --data x")]
    [TestCase("aggregate email:a@b.c --metric m --window {broken --data x")]
    [TestCase("aggregate ada --metric m --data x")]
    [TestCase("events email:a@b.c --sort value --data x")]
    [TestCase("events email:a@b.c --limit 0 --data x")]
    [TestCase("events email:a@b.c --filter nonsense --data x")]
    [TestCase("import - --data x")]
    [TestCase("import - --format csv --data x")]
    [TestCase("import - --format nonsense --data x")]
    [TestCase("track email:a@b.c m --properties {broken --data x")]
    [TestCase("fork --data x")]
    [TestCase("fork --to y --at nonsense --data x")]
    [TestCase("late --data x")]
    [TestCase("late --by 2q --data x")]
    [TestCase("late --by -2d --data x")]
    [TestCase("track email:a@b.c m --properties {\"\\ud800\":1} --data x")]
    [TestCase("late --by 99999999999d --data x")]
    [TestCase("stats --memory 99999999999999999999 --data x")]
    [TestCase("stats --memory 9999999999999 --data x")]
    [TestCase("events email:a@b.c --limit 1,000 --data x")]
    [TestCase("track email:a@b.c m --value 1,5 --data x")]
    [TestCase("track email:a@b.c m --value 1e999 --data x")]
    [TestCase("track email:a@b.c m --value NaN --data x")]
    [TestCase("track email:a@b.c m --value Infinity --data x")]
    public async Task WrongUsage_SaysWhyOnStderr_AndEndsWith2(string line)
    {
        var run = await ShellRun.OfAsync(line);
        Assert.That(run.Code, Is.EqualTo(2));
        Assert.That(run.Output, Is.Empty);

        // Where no command was named they are listed; else the reason is all.
        Assert.That(run.Error, line is "" or "nonsense" or "segment" ? Has.Length.GreaterThan(5) : Has.Length.EqualTo(1));
    }

    [TestCase("1.5", 1.5)]
    [TestCase("-2", -2)]
    [TestCase("1e3", 1000)]
    [SetCulture("de-DE")]
    public async Task Value_IsReadAlikeInEveryCulture(string value, double sum)
    {
        Assert.That((await ShellRun.OfAsync($"track external_id:a M --value {value} --data '{Store}'")).Code, Is.Zero);
        var answer = await ShellRun.OfAsync($"aggregate external_id:a --metric M --measure sum --data '{Store}'");
        Assert.That(JsonDocument.Parse(answer.Text).RootElement.GetProperty("sum").GetDouble(), Is.EqualTo(sum));
    }

    [Test]
    public async Task Question_ToAnEmptyDirectory_MakesNoStore()
    {
        var run = await ShellRun.OfAsync($"stats --data '{_folder}'");

        Assert.That(run.Code, Is.EqualTo(1));
        Assert.That(run.Error, Has.Length.EqualTo(1).And.Some.Contains("There is no store"));
        Assert.That(Directory.GetFileSystemEntries(_folder), Is.Empty);
    }

    [Test]
    public async Task FlowTraceDrawStats_TellOfARun()
    {
        var file = Path.Combine(_folder, "welcome.json");
        await File.WriteAllTextAsync(file, WelcomeBack);
        Assert.That((await RunAsync($"flow create welcome {file}")).Code, Is.Zero);
        await RunAsync("track email:ada@example.com 'Placed Order' --value 5");
        var trace = await RunAsync("flow trace email:ada@example.com");
        var first = JsonDocument.Parse(trace.Output[0]).RootElement;
        Assert.That(first.GetProperty("decision").GetString(), Is.EqualTo("trigger"));
        Assert.That((await RunAsync($"flow trace {first.GetProperty("run").GetString()}")).Text, Is.EqualTo(trace.Text));
        Assert.That((await RunAsync("flow draw welcome")).Text, Does.StartWith("flowchart TD").And.Contain("0 entered"));
        Assert.That((await RunAsync($"flow draw {file} --format svg")).Text, Does.StartWith("<svg").And.EndWith("</svg>"));
        Assert.That((await RunAsync("flow stats welcome")).Text, Does.Contain("\"waiting\"").And.Contain("\"step_skips\""));
    }

    [Test]
    public async Task Flow_IsArchivedRestoredAndDeleted()
    {
        await RunAsync("flow create welcome -", WelcomeBack);
        await RunAsync("track email:ada@example.com 'Placed Order' --value 5");
        var archived = await RunAsync("flow archive welcome");
        Assert.That(archived.Text, Is.EqualTo("""{"flow":"welcome","status":"archived","runs":0,"messages_under_way":0}"""));
        Assert.That((await RunAsync("flow list")).Output, Is.Empty);
        Assert.That((await RunAsync("flow list --all")).Text, Does.Contain("\"status\":\"archived\""));
        Assert.That((await RunAsync("flow restore welcome")).Text, Does.Contain("\"status\":\"live\""));
        Assert.That((await RunAsync("flow list")).Text, Does.Contain("\"status\":\"live\""));
        var refused = await RunAsync("flow delete welcome");
        Assert.That((refused.Code, refused.Output.Length, refused.Error.Length), Is.EqualTo((1, 0, 1)), "it has a run");
        var deleted = await RunAsync("flow delete welcome --cancel-runs");
        Assert.That(deleted.Text, Is.EqualTo("""{"flow":"welcome","status":"deleted","runs":1,"messages_under_way":0}"""));
        Assert.That((await RunAsync("flow list --all")).Text, Does.Contain("\"status\":\"deleted\""));
    }

    [TestCase("flow archive nothing", 1)]
    [TestCase("flow restore nothing", 1)]
    [TestCase("flow restore nothing --cancel-runs", 2)]
    [TestCase("flow delete nothing", 1)]
    [TestCase("flow trace 7fff", 1)]
    [TestCase("flow trace email:nobody@example.com", 1)]
    [TestCase("flow trace nonsense", 2)]
    [TestCase("flow draw nothing", 1)]
    [TestCase("flow draw nothing --format png", 2)]
    [TestCase("flow stats nothing", 1)]
    public async Task FlowQuestion_ThatHasNoAnswer_SaysWhyInOneLine(string line, int code)
    {
        await RunAsync("track email:ada@example.com 'Placed Order' --value 5");
        var run = await RunAsync(line);
        Assert.That((run.Code, run.Output.Length, run.Error.Length), Is.EqualTo((code, 0, 1)), run.Text);
    }

    [TestCase("stats")]
    [TestCase("profile email:a@b.c")]
    public async Task Question_WithoutStore_EndsWith1_AndMakesNone(string line)
    {
        var run = await RunAsync(line);
        Assert.That(run.Code, Is.EqualTo(1));
        Assert.That(run.Error, Has.Length.EqualTo(1));
        Assert.That(Directory.Exists(Store), Is.False);
    }

    [TestCase("track email:nonsense 'Placed Order'")]
    [TestCase("segment count -")]
    [TestCase("segment count missing.json")]
    [TestCase("profile email:nobody@example.com")]
    [TestCase("segment explain - --profile email:nobody@example.com")]
    public async Task RefusedInput_IsOneLine_WithoutStackTrace(string line)
    {
        await ImportAsync();
        var run = await RunAsync(line, """{"condition_groups":[{"conditions":[{"type":"nonsense"}]}]}""");
        Assert.That(run.Code, Is.EqualTo(1));
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Error, Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Import_ThenAgain_ReportsEveryEventAsDuplicate()
    {
        var first = await ImportAsync();
        var again = await ImportAsync();
        Assert.That(Number(first, "accepted"), Is.EqualTo(5));
        Assert.That(Number(first, "profiles"), Is.EqualTo(2));
        Assert.That(Number(again, "duplicates"), Is.EqualTo(4), "an identify has no unique id, so it is written again");
    }

    [Test]
    public async Task Import_WithAcks_PrintsDurableLines_AndTheSummaryLast()
    {
        var run = await RunAsync("import - --format segment --acks", Orders);
        Assert.That(run.Output[..^1], Is.Not.Empty.And.All.StartsWith("{\"durable\": "));
        Assert.That(run.Output[^2], Is.EqualTo("{\"durable\": 5}"));
        Assert.That(Number(run, "accepted"), Is.EqualTo(5));
    }

    [Test]
    public async Task Import_OfBadLines_RefusesThemAlone_AndKeepsThem()
    {
        var rejects = Path.Combine(_folder, "rejects.ndjson");
        var input = Orders + "\nnot json\n{\"type\":\"track\",\"userId\":\"1\"}\n";
        var run = await RunAsync($"import - --format segment --rejects {rejects}", input);
        Assert.That(run.Code, Is.Zero);
        Assert.That(Number(run, "accepted"), Is.EqualTo(5));
        Assert.That(Number(run, "rejected"), Is.EqualTo(2));
        using var first = JsonDocument.Parse(File.ReadAllLines(rejects)[0]);
        Assert.That(first.RootElement.GetProperty("line").GetInt32(), Is.EqualTo(6));
        Assert.That(first.RootElement.GetProperty("input").GetString(), Is.EqualTo("not json"));
    }

    [TestCase("--measure sum,count,max,distinct:Country", """{"sum":1109.5,"count":3,"max":700,"distinct:Country":2}""")]
    [TestCase("--measure count,sum --last 30d", """{"count":2,"sum":1100.5}""")]
    [TestCase("--measure count --last 1mo", """{"count":2}""")]
    [TestCase("--measure avg --last 1h", """{"avg":null}""")]
    [TestCase("--from 2026-10-05T10:00:00Z --to 2026-10-20T10:00:00Z", """{"count":1}""")]
    [TestCase("""--measure sum --window '{"type":"date","operator":"before","date":"2026-09-01"}'""", """{"sum":9}""")]
    [TestCase("""--where '{"property":"$value","filter":{"type":"numeric","operator":"less-than","value":500}}'""", """{"count":2}""")]
    public async Task Aggregate_PrintsTheMeasuresInTheOrderAsked(string asked, string answer)
    {
        await ImportAsync();
        var run = await RunAsync($"aggregate external_id:1 --metric 'Placed Order' --as-of 2026-11-01 {asked}");
        Assert.That(run.Text, Is.EqualTo(answer));
    }

    [Test]
    public async Task Aggregate_GroupedBy_PrintsARowForEachGroup()
    {
        await ImportAsync();
        var run = await RunAsync("aggregate external_id:1 --metric 'Placed Order' --measure count,sum --group-by Country");
        Assert.That(run.Text, Is.EqualTo("""
            {"group":"France","count":2,"sum":709}
            {"group":"Spain","count":1,"sum":400.5}
            """));
    }

    [Test]
    public async Task Report_TakesKlaviyosBody_AndGivesKlaviyosAnswer()
    {
        await ImportAsync();
        var answer = await RunAsync("report - --as-of 2026-11-01", """
            {"data":{"type":"metric-aggregate","attributes":{"metric_id":"Placed Order","measurements":["count","sum_value","unique"],
            "interval":"month","by":["Country"],"timezone":"UTC","page_size":500,"sort":"-sum_value",
            "filter":["greater-or-equal(datetime,2026-10-01T00:00:00)","less-than(datetime,2026-12-01T00:00:00)"]}}}
            """);
        Assert.That(answer.Text, Is.EqualTo("""{"dates":["2026-10-01T00:00:00.000Z","2026-11-01T00:00:00.000Z"],"data":[{"dimensions":["France"],"measurements":{"count":[1,0],"sum_value":[700,0],"unique":[1,0]}},{"dimensions":["Spain"],"measurements":{"count":[1,0],"sum_value":[400.5,0],"unique":[1,0]}},{"dimensions":[""],"measurements":{"count":[1,0],"sum_value":[50,0],"unique":[1,0]}}]}"""));
    }

    [TestCase("""{"metric_id":"m"}""", "$.measurements")]
    [TestCase("""{"metric_id":"m","measurements":["mean"]}""", "$.measurements[0]")]
    [TestCase("""{"metric_id":"m","measurements":["count"],"interval":"eon"}""", "$.interval")]
    [TestCase("""{"metric_id":"m","measurements":["count"],"filter":["nonsense"]}""", "$.filter[0]")]
    [TestCase("""{"metric_id":"m","measurements":["count"],"timezone":"Mars"}""", "$.timezone")]
    [TestCase("""{"metric_id":"m","measurements":["count"],"page_cursor":"x"}""", "$.page_cursor")]
    [TestCase("""{"metric_id":"m","measurements":["count"],"sort":"City"}""", "City")]
    public async Task Report_ThatCannotBeMeant_IsRefused_WithThePlace(string body, string place)
    {
        await ImportAsync();
        var answer = await RunAsync("report -", body);
        Assert.That(answer.Code, Is.EqualTo(1));
        Assert.That(answer.Error.Single(), Does.Contain(place));
    }

    [Test]
    public async Task Events_ComeInPages()
    {
        await ImportAsync();
        var first = await RunAsync("events external_id:1 --sort -time --limit 2");
        using var next = JsonDocument.Parse(first.Output[^1]);
        var cursor = next.RootElement.GetProperty("next").GetString();
        var second = await RunAsync($"events external_id:1 --sort -time --limit 2 --cursor {cursor}");
        var filtered = await RunAsync("events external_id:1 --filter 'greater-than(value,100),equals(properties.Country,\"Spain\")'");
        Assert.That(first.Output, Has.Length.EqualTo(3));
        Assert.That(first.Output[0], Does.Contain("""
            "time":"2026-10-20T10:00:00.000Z"
            """).And.Contain("""
            "value":400.5,"unique_id":"c","properties":{
            """));
        Assert.That(second.Output, Has.Length.EqualTo(1).And.All.Contain("2026-08-20T10:00:00.000Z"));
        Assert.That(filtered.Output, Has.Length.EqualTo(1).And.All.Contain("2026-10-20T10:00:00.000Z"));
    }

    [Test]
    public async Task Segment_CountsListsAndExplains()
    {
        await ImportAsync();
        var count = await RunAsync("segment count - --as-of 2026-11-01", BigSpenders);
        var members = await RunAsync("segment members - --as-of 2026-11-01", BigSpenders);
        var why = await RunAsync("segment explain - --profile email:ada@example.com --as-of 2026-11-01", BigSpenders);
        var later = await RunAsync("segment count - --as-of 2026-11-04T10:00:00Z", BigSpenders);
        Assert.That(count.Text, Is.EqualTo("""{"count":1}"""));
        Assert.That(members.Output, Has.Length.EqualTo(1));
        Assert.That(members.Text, Does.Contain("""
            "external_id":"1","email":"ada@example.com"
            """));
        Assert.That(why.Text, Does.Contain("""
            "member":true,"at":"2026-11-01T00:00:00.000Z","flips_at":"2026-11-04T10:00:00.000Z","why":{
            """));
        Assert.That(later.Text, Is.EqualTo("""{"count":0}"""));
    }

    [Test]
    public async Task Segment_ThatIsKept_IsKnownByItsName()
    {
        await ImportAsync();
        await RunAsync("segment create 'big spenders' -", BigSpenders);
        var list = await RunAsync("segment list");
        var preview = await RunAsync("segment preview 'big spenders' --as-of 2026-11-01");
        Assert.That(list.Output, Has.Length.EqualTo(1));
        Assert.That(list.Text, Does.StartWith("""{"name":"big spenders","definition":{"condition_groups":["""));
        Assert.That(preview.Text, Does.StartWith("""{"count":1,"members":[{"id":"""));
    }

    [Test]
    public async Task Segment_WithANameThatNobodyKnows_IsAnsweredWithAWarning()
    {
        await ImportAsync();
        var misspelled = BigSpenders.Replace("Placed Order", "Placd Order", StringComparison.Ordinal);
        var preview = await RunAsync("segment preview -", misspelled);
        var created = await RunAsync("segment create misspelled -", misspelled);
        const string Warning = "unknown metric \"Placd Order\"; did you mean \"Placed Order\"?";
        Assert.That(preview.Error, Is.EqualTo(new[] { $"Warning: {Warning}" }));
        Assert.That(preview.Text, Does.StartWith("""{"count":0,"""));
        Assert.That(created.Error, Is.EqualTo(new[] { $"Warning: {Warning}" }));
        using var answer = JsonDocument.Parse(created.Text);
        Assert.That(answer.RootElement.GetProperty("warnings")[0].GetString(), Is.EqualTo(Warning));
    }

    [Test]
    public async Task Profiles_AreListedInPages_AndFiltered()
    {
        await ImportAsync();
        var all = await RunAsync("profiles");
        var first = await RunAsync("profiles --limit 1");
        using var next = JsonDocument.Parse(first.Output[1]);
        var second = await RunAsync($"profiles --limit 1 --cursor {next.RootElement.GetProperty("next").GetString()}");
        var filtered = await RunAsync("profiles --filter 'equals(email,\"ada@example.com\"),equals(city,\"New York\")'");
        Assert.That(all.Output, Has.Length.EqualTo(2));
        Assert.That(first.Output[0], Is.EqualTo(all.Output[0]));
        Assert.That(second.Text, Is.EqualTo(all.Output[1]));
        Assert.That(filtered.Text, Is.EqualTo(all.Output[0]));
    }

    [Test]
    public async Task WhatWasWritten_IsSeenByProfileStatsAndVerify()
    {
        var identified = await RunAsync("""identify external_id:9 --also email:G@Example.com --set '{"vip":true}'""");
        var tracked = await RunAsync("track email:g@example.com 'Placed Order' --value -5 --unique-id o1");
        var repeated = await RunAsync("track email:g@example.com 'Placed Order' --value -5 --unique-id o1");
        var profile = await RunAsync("profile external_id:9");
        var stats = await RunAsync("stats");
        var verified = await RunAsync("verify");
        Assert.That(identified.Text, Does.EndWith("""
            "event":null,"duplicate":false}
            """));
        Assert.That(tracked.Text, Does.EndWith("\"duplicate\":false}"));
        Assert.That(repeated.Text, Does.EndWith("\"duplicate\":true}"));
        Assert.That(profile.Text, Does.Contain("\"vip\":true").And.Contain("\"sum\":-5"));
        Assert.That(profile.Text, Does.Contain("\"email:g@example.com\""));
        Assert.That(Number(stats, "events"), Is.EqualTo(1));
        Assert.That(verified.Text, Does.StartWith("{\"ok\":true"));
    }

    [Test]
    public async Task Fork_IsAStoreOfItsOwn_AndAForkIntoAStoreIsRefused()
    {
        await ImportAsync();
        var copy = Path.Combine(_folder, "copy");
        var forked = await RunAsync($"fork --to {copy}");
        await RunAsync("track external_id:2 'Placed Order' --value 1");
        var again = await RunAsync($"fork --to {copy}");
        var stats = await ShellRun.OfAsync($"stats --data {copy}");
        var verified = await ShellRun.OfAsync($"verify --data {copy}");
        Assert.That(forked.Text, Does.StartWith("{\"position\":\""));
        Assert.That(again.Code, Is.EqualTo(1));
        Assert.That(again.Error, Has.Length.EqualTo(1));
        Assert.That(Number(stats, "events"), Is.EqualTo(4));
        Assert.That(verified.Text, Does.StartWith("{\"ok\":true"));
    }

    [Test]
    public async Task Late_TellsHowLate()
    {
        await RunAsync("track external_id:1 'Placed Order' --time 2020-01-01");
        await RunAsync("track external_id:1 'Placed Order'");
        var late = await RunAsync("late --by 2d");
        Assert.That(late.Output, Has.Length.EqualTo(1));
        Assert.That(Number(late, "late_seconds"), Is.GreaterThan(TimeSpan.FromDays(2).TotalSeconds));
    }

    [Test]
    public async Task Flow_WithANameThatNobodyKnows_IsAnsweredWithAWarning()
    {
        await ImportAsync();
        var misspelled = WelcomeBack.Replace("Placed Order", "Placd Order", StringComparison.Ordinal);
        var simulated = await RunAsync("flow simulate -", misspelled);
        var created = await RunAsync("flow create misspelled -", misspelled);
        const string Warning = "unknown metric \"Placd Order\"; did you mean \"Placed Order\"?";
        Assert.That(simulated.Error, Is.EqualTo(new[] { $"Warning: {Warning}" }));
        Assert.That(created.Error, Is.EqualTo(new[] { $"Warning: {Warning}" }));
        using var answer = JsonDocument.Parse(created.Text);
        Assert.That(answer.RootElement.GetProperty("warnings")[0].GetString(), Is.EqualTo(Warning));
    }

    [Test]
    public async Task Flow_IsKeptSimulatedAndPaused()
    {
        await ImportAsync();
        var created = await RunAsync("flow create 'welcome back' -", WelcomeBack);
        var simulated = await RunAsync("flow simulate 'welcome back' --from 2026-10-01 --to 2026-11-01");
        var later = await RunAsync("flow simulate - --from 2026-10-21 --to 2026-11-01", WelcomeBack);
        var paused = await RunAsync("flow pause 'welcome back'");
        var stats = await RunAsync("flow stats 'welcome back'");
        Assert.That(created.Text, Does.StartWith("""{"name":"welcome back","version":1,"status":"live","""));
        Assert.That(simulated.Output, Has.Length.EqualTo(3));
        Assert.That(simulated.Text, Does.StartWith("""{"at":"2026-10-06T10:00:00.000Z","profile":"""));
        Assert.That(simulated.Text, Does.Contain("""
            "action":"mail","type":"send-email","decision":"send","reason":""
            """).And.Contain("""
            "decision":"skip","reason":"no-address"
            """));
        Assert.That(later.Output, Is.Empty, "what happened before the span starts no run");
        Assert.That(paused.Text, Does.Contain("\"status\":\"paused\""));
        Assert.That(Number(stats, "entered"), Is.Zero, "a simulation changes nothing");
    }

    [Test]
    public async Task MergeSplitEraseCompact_SayWhatTheyDid()
    {
        await ImportAsync();
        var merged = await RunAsync("merge external_id:2 external_id:1");
        var split = await RunAsync("split external_id:2");
        var again = await RunAsync("split external_id:2");
        var erased = await RunAsync("erase email:ada@example.com --suppress");
        var missing = await RunAsync("erase email:ada@example.com");
        var refused = await RunAsync("track email:ada@example.com 'Placed Order'");
        var compacted = await RunAsync("compact");
        var stats = await RunAsync("stats");
        var verified = await RunAsync("verify");
        Assert.That(split.Text, Is.EqualTo(merged.Text));
        Assert.That((again.Code, missing.Code, refused.Code), Is.EqualTo((1, 1, 1)));
        Assert.That((Number(erased, "profiles"), Number(erased, "events")), Is.EqualTo((1, 3)));
        Assert.That(Number(compacted, "records"), Is.GreaterThan(3));
        Assert.That((Number(stats, "erased"), Number(stats, "profiles")), Is.EqualTo((1, 1)));
        Assert.That(verified.Text, Does.StartWith("{\"ok\":true"));
        foreach (var file in Directory.GetFiles(Store, "*", SearchOption.AllDirectories))
        {
            Assert.That(File.ReadAllBytes(file).AsSpan().IndexOf("ada@example.com"u8), Is.LessThan(0), file);
        }
    }

    private static string Order(string id, string who, string time, string properties)
    {
        return $$"""
            {"type":"track","event":"Placed Order","messageId":"{{id}}","userId":"{{who}}","timestamp":"{{time}}","properties":{{properties}}}
            """;
    }

    private Task<ShellRun> ImportAsync() => RunAsync("import - --format segment", Orders);

    private Task<ShellRun> RunAsync(string line, string input = "") => ShellRun.OfAsync($"{line} --data {Store}", input);

    private static double Number(ShellRun run, string name)
    {
        using var last = JsonDocument.Parse(run.Output[^1]);
        return last.RootElement.GetProperty(name).GetDouble();
    }
}
