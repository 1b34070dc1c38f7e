using System.Text.Json;

namespace Klaviyo.Tests.Samples;

// The shell's contract: one JSON document per answer, reasons on stderr, 0 done, 1 refused or failed, 2 wrong usage.
public sealed class ShellTests
{
    private const string Orders = """
        {"type":"identify","userId":"1","traits":{"email":"Ada@Example.com","city":"New York"},"timestamp":"2026-10-01T00:00:00Z","messageId":"a"}
        {"type":"track","userId":"1","event":"Placed Order","properties":{"value":700,"Country":"France"},"timestamp":"2026-10-05T10:00:00Z","messageId":"b"}
        {"type":"track","userId":"1","event":"Placed Order","properties":{"value":400.5,"Country":"Spain"},"timestamp":"2026-10-20T10:00:00Z","messageId":"c"}
        {"type":"track","userId":"1","event":"Placed Order","properties":{"value":9,"Country":"France"},"timestamp":"2026-08-20T10:00:00Z","messageId":"d"}
        {"type":"track","userId":"2","event":"Placed Order","properties":{"value":50},"timestamp":"2026-10-20T10:00:00Z","messageId":"e"}
        """;

    private const string BigSpenders = """
        {"condition_groups":[
          {"conditions":[{"type":"profile-property","property":"properties['city']","filter":{"type":"string","operator":"equals","value":"New York"}}]},
          {"conditions":[{"type":"profile-metric","metric_id":"Placed Order","measurement":"sum",
            "measurement_filter":{"type":"numeric","operator":"greater-than","value":1000},
            "timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":30}}]}
        ]}
        """;

    private const string WelcomeBack = """
        {"triggers":[{"type":"metric","id":"Placed Order"}],"entry_action_id":"day","actions":[
          {"id":"day","type":"time-delay","data":{"unit":"days","value":1},"links":{"next":"mail"}},
          {"id":"mail","type":"send-email","data":{"status":"live","message":{"subject_line":"Hello","body":"Hello"}},"links":{"next":null}}]}
        """;

    private string _folder = "";

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
    [TestCase("aggregate ada --metric m --data x")]
    [TestCase("events email:a@b.c --sort value --data x")]
    [TestCase("events email:a@b.c --limit 0 --data x")]
    [TestCase("import - --format csv --data x")]
    [TestCase("import - --format nonsense --data x")]
    [TestCase("track email:a@b.c m --properties {broken --data x")]
    public async Task WrongUsage_SaysWhyOnStderr_AndEndsWith2(string line)
    {
        var run = await ShellRun.OfAsync("", line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That(run.Code, Is.EqualTo(2));
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Error, Is.Not.Empty);
    }

    [TestCase("stats")]
    [TestCase("profile email:a@b.c")]
    public async Task Question_WithoutStore_EndsWith1_AndMakesNone(string line)
    {
        var data = Path.Combine(_folder, "none");
        var run = await ShellRun.OfAsync("", [.. line.Split(' '), "--data", data]);
        Assert.That(run.Code, Is.EqualTo(1));
        Assert.That(run.Error, Has.Length.EqualTo(1));
        Assert.That(Directory.Exists(data), Is.False);
    }

    [Test]
    public async Task RefusedInput_IsOneLine_WithoutStackTrace()
    {
        await ImportAsync();
        var address = await RunAsync("", "track", "email:nonsense", "Placed Order");
        var definition = await RunAsync("""{"condition_groups":[{"conditions":[{"type":"nonsense"}]}]}""", "segment", "count", "-");
        var file = await RunAsync("", "segment", "count", Path.Combine(_folder, "missing.json"));
        Assert.That(new[] { address.Code, definition.Code, file.Code }, Is.All.EqualTo(1));
        Assert.That(new[] { address.Error.Length, definition.Error.Length, file.Error.Length }, Is.All.EqualTo(1));
        Assert.That(definition.Error[0], Does.StartWith("$.condition_groups[0].conditions[0]"));
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
        var run = await RunAsync(Orders, "import", "-", "--format", "segment", "--acks");
        Assert.That(run.Output[..^1], Is.Not.Empty.And.All.StartsWith("{\"durable\": "));
        Assert.That(run.Output[^2], Is.EqualTo("{\"durable\": 5}"));
        Assert.That(Number(run, "accepted"), Is.EqualTo(5));
    }

    [Test]
    public async Task Import_OfBadLines_RefusesThemAlone_AndKeepsThem()
    {
        var rejects = Path.Combine(_folder, "rejects.ndjson");
        var run = await RunAsync(Orders + "\nnot json\n{\"type\":\"track\",\"userId\":\"1\"}\n", "import", "-", "--format", "segment", "--rejects", rejects);
        Assert.That(run.Code, Is.Zero);
        Assert.That(Number(run, "accepted"), Is.EqualTo(5));
        Assert.That(Number(run, "rejected"), Is.EqualTo(2));
        using var first = JsonDocument.Parse(File.ReadAllLines(rejects)[0]);
        Assert.That(first.RootElement.GetProperty("line").GetInt32(), Is.EqualTo(6));
        Assert.That(first.RootElement.GetProperty("input").GetString(), Is.EqualTo("not json"));
    }

    [Test]
    public async Task Aggregate_PrintsTheMeasuresInTheOrderAsked()
    {
        await ImportAsync();
        var all = await AggregateAsync("--measure", "sum,count,max,distinct:Country");
        var month = await AggregateAsync("--measure", "count,sum", "--last", "30d");
        var days = await AggregateAsync("--from", "2026-10-05T10:00:00Z", "--to", "2026-10-20T10:00:00Z");
        var window = await AggregateAsync("--window", """{"type":"date","operator":"before","date":"2026-09-01"}""", "--measure", "sum");
        var where = await AggregateAsync(
            "--where", """[{"property":"Country","filter":{"type":"string","operator":"equals","value":"France"}}]""");
        Assert.That(all.Text, Is.EqualTo("""{"sum":1109.5,"count":3,"max":700,"distinct:Country":2}"""));
        Assert.That(month.Text, Is.EqualTo("""{"count":2,"sum":1100.5}"""));
        Assert.That(days.Text, Is.EqualTo("""{"count":1}"""));
        Assert.That(window.Text, Is.EqualTo("""{"sum":9}"""));
        Assert.That(where.Text, Is.EqualTo("""{"count":2}"""));
    }

    [Test]
    public async Task Aggregate_GroupedBy_PrintsARowForEachGroup()
    {
        await ImportAsync();
        var run = await AggregateAsync("--measure", "count,sum", "--group-by", "Country");
        Assert.That(run.Text, Is.EqualTo("""
            {"group":"France","count":2,"sum":709}
            {"group":"Spain","count":1,"sum":400.5}
            """));
    }

    [Test]
    public async Task Events_ComeInPages()
    {
        await ImportAsync();
        var first = await RunAsync("", "events", "external_id:1", "--sort", "-time", "--limit", "2");
        using var next = JsonDocument.Parse(first.Output[^1]);
        var cursor = next.RootElement.GetProperty("next").GetString()!;
        var second = await RunAsync("", "events", "external_id:1", "--sort", "-time", "--limit", "2", "--cursor", cursor);
        Assert.That(first.Output[0], Does.Contain("\"time\":\"2026-10-20T10:00:00.000Z\"").And.Contain("\"value\":400.5"));
        Assert.That(second.Output, Has.Length.EqualTo(1).And.All.Contain("2026-08-20T10:00:00.000Z"));
    }

    [Test]
    public async Task Segment_CountsListsAndExplains()
    {
        await ImportAsync();
        var count = await RunAsync(BigSpenders, "segment", "count", "-", "--as-of", "2026-11-01");
        var members = await RunAsync(BigSpenders, "segment", "members", "-", "--as-of", "2026-11-01");
        var why = await RunAsync(BigSpenders, "segment", "explain", "-", "--profile", "email:ada@example.com", "--as-of", "2026-11-01");
        var later = await RunAsync(BigSpenders, "segment", "count", "-", "--as-of", "2026-11-04T10:00:00Z");
        Assert.That(count.Text, Is.EqualTo("""{"count":1}"""));
        Assert.That(members.Output, Has.Length.EqualTo(1).And.All.Contain("\"external_id\":\"1\",\"email\":\"ada@example.com\""));
        Assert.That(why.Output[0], Does.Contain("\"member\":true").And.Contain("\"flips_at\":\"2026-11-04T10:00:00.000Z\""));
        Assert.That(later.Text, Is.EqualTo("""{"count":0}"""));
    }

    [Test]
    public async Task Segment_ThatIsKept_IsKnownByItsName()
    {
        await ImportAsync();
        await RunAsync(BigSpenders, "segment", "create", "big spenders", "-");
        var list = await RunAsync("", "segment", "list");
        var count = await RunAsync("", "segment", "count", "big spenders", "--as-of", "2026-11-01");
        Assert.That(list.Output, Has.Length.EqualTo(1).And.All.StartsWith("""{"name":"big spenders","definition":{"""));
        Assert.That(count.Text, Is.EqualTo("""{"count":1}"""));
    }

    [Test]
    public async Task WhatWasWritten_IsSeenByProfileStatsAndVerify()
    {
        var identified = await RunAsync("", "identify", "external_id:9", "--also", "email:G@Example.com", "--set", """{"city":"Paris","vip":true}""");
        var tracked = await RunAsync("", "track", "email:g@example.com", "Placed Order", "--value", "-5", "--unique-id", "o1");
        var repeated = await RunAsync("", "track", "email:g@example.com", "Placed Order", "--value", "-5", "--unique-id", "o1");
        var profile = await RunAsync("", "profile", "external_id:9");
        var stats = await RunAsync("", "stats");
        var verified = await RunAsync("", "verify");
        Assert.That(identified.Output[0], Does.EndWith("\"event\":null,\"duplicate\":false}"));
        Assert.That(tracked.Output[0], Does.EndWith("\"duplicate\":false}"));
        Assert.That(repeated.Output[0], Does.EndWith("\"duplicate\":true}"));
        Assert.That(profile.Output[0], Does.Contain("\"vip\":true").And.Contain("\"sum\":-5").And.Contain("email:g@example.com"));
        Assert.That(Number(stats, "events"), Is.EqualTo(1));
        Assert.That(verified.Output[0], Does.StartWith("{\"ok\":true"));
    }

    [Test]
    public async Task Flow_IsKeptSimulatedAndPaused()
    {
        await ImportAsync();
        var created = await RunAsync(WelcomeBack, "flow", "create", "welcome back", "-");
        var simulated = await RunAsync("", "flow", "simulate", "welcome back", "--from", "2026-10-01", "--to", "2026-11-01");
        var later = await RunAsync(WelcomeBack, "flow", "simulate", "-", "--from", "2026-10-21", "--to", "2026-11-01");
        var paused = await RunAsync("", "flow", "pause", "welcome back");
        var stats = await RunAsync("", "flow", "stats", "welcome back");
        Assert.That(created.Text, Does.StartWith("""{"name":"welcome back","version":1,"status":"live","""));
        Assert.That(simulated.Output, Has.Length.EqualTo(3));
        Assert.That(simulated.Text, Does.Contain("""
            "action":"mail","type":"send-email","decision":"send","reason":""
            """).And.Contain("""
            "decision":"skip","reason":"no-address"
            """));
        Assert.That(simulated.Output[0], Does.StartWith("""{"at":"2026-10-06T10:00:00.000Z","profile":"""));
        Assert.That(later.Output, Is.Empty, "what happened before the span starts no run");
        Assert.That(paused.Text, Does.Contain("\"status\":\"paused\""));
        Assert.That(Number(stats, "entered"), Is.Zero, "a simulation changes nothing");
    }

    private Task<ShellRun> ImportAsync() => RunAsync(Orders, "import", "-", "--format", "segment");

    private Task<ShellRun> AggregateAsync(params string[] args) =>
        RunAsync("", ["aggregate", "external_id:1", "--metric", "Placed Order", "--as-of", "2026-11-01", .. args]);

    private Task<ShellRun> RunAsync(string input, params string[] args) =>
        ShellRun.OfAsync(input, [.. args, "--data", Path.Combine(_folder, "store")]);

    private static double Number(ShellRun run, string name)
    {
        using var last = JsonDocument.Parse(run.Output[^1]);
        return last.RootElement.GetProperty(name).GetDouble();
    }
}
