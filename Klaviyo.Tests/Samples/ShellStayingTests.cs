using System.Text.Json;
using Klaviyo.Channels;
using Klaviyo.Json;

namespace Klaviyo.Tests.Samples;

// Runs that are parked and messages that stay: listed, and what somebody decides is done, by the shell alone.
public sealed class ShellStayingTests
{
    private const string Flow = """
        {"triggers":[{"type":"metric","id":"A"}],"entry_action_id":"mail","actions":[
          {"id":"mail","type":"send-email","data":{"status":"live","message":{"subject_line":"Hello","body":"Hello"},
            "delivery":{"retry":{"attempts":1},"on_error":"park"}},"links":{"next":"day"}},
          {"id":"day","type":"time-delay","data":{"unit":"days","value":1},"links":{"next":null}}]}
        """;

    private string _folder = "";

    private string Store => Path.Combine(_folder, "store");

    [SetUp]
    public async Task MakeStore()
    {
        _folder = Directory.CreateTempSubdirectory("klaviyo-shell-").FullName;
        IChannel busy = new DelegateChannel((_, _) => ValueTask.FromResult(ChannelResult.Retry("The server is busy.")));
        var options = new CustomerPlatformOptions { Channels = new Dictionary<string, IChannel> { ["email"] = busy } };
        await using var platform = await CustomerPlatform.OpenAsync(Store, options);
        await platform.DefineFlowAsync(FlowJson.Parse(Flow, "f"));
        foreach (var person in new[] { "ada", "bob", "eve" })
        {
            await platform.TrackAsync($"email:{person}@example.com", "A");
        }

        await platform.RunDueAsync();
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task ParkedRuns_AreListed_Released_Skipped_Cancelled()
    {
        var parked = (await RunAsync("flow parked f")).Output.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.That(parked.Select(p => $"{p.GetProperty("step")} {p.GetProperty("reason")}"), Is.EqualTo(Enumerable.Repeat("mail The message was not delivered.", 3)));
        var runs = parked.ConvertAll(p => p.GetProperty("run").GetString()!);

        Assert.That((await RunAsync($"flow release f --run {runs[0]}")).Text, Is.EqualTo("""{"flow":"f","runs":1}"""));
        Assert.That((await RunAsync($"flow skip f --run {runs[1]}")).Text, Is.EqualTo("""{"flow":"f","runs":1}"""));
        Assert.That((await RunAsync("flow skip f --step day")).Text, Is.EqualTo("""{"flow":"f","runs":0}"""));
        Assert.That((await RunAsync("flow parked f")).Output, Has.Length.EqualTo(1));
        Assert.That((await RunAsync($"flow cancel f --run {runs[2]} --reason 'not wanted'")).Text, Is.EqualTo("""{"flow":"f","runs":1,"messages_under_way":0}"""));
        Assert.That((await RunAsync("flow parked f")).Output, Is.Empty);
        Assert.That((await RunAsync($"flow trace {runs[2]}")).Output[^1], Does.Contain("not wanted"));
        var stats = JsonDocument.Parse((await RunAsync("flow stats f")).Text).RootElement;
        Assert.That((stats.GetProperty("running").GetInt32(), stats.GetProperty("skips").GetProperty("by-hand").GetInt32()), Is.EqualTo((2, 1)));
        Assert.That((await RunAsync("flow cancel f")).Text, Does.StartWith("""{"flow":"f","runs":2"""));
        Assert.That((await RunAsync("verify")).Code, Is.Zero);
    }

    [Test]
    public async Task Messages_AreListed_Retried_Dropped()
    {
        var letters = (await RunAsync("flow letters f")).Output.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.That((await RunAsync("flow letters")).Output, Has.Length.EqualTo(3));
        Assert.That(letters.Select(l => l.GetProperty("reason").GetString()).Distinct(), Is.EqualTo(["The server is busy."]));
        Assert.That((await RunAsync($"flow retry f --key {letters[0].GetProperty("key")}")).Text, Is.EqualTo("""{"flow":"f","messages":1}"""));
        Assert.That((await RunAsync("flow drop f --step day")).Text, Is.EqualTo("""{"flow":"f","messages":0}"""));
        Assert.That((await RunAsync("flow drop f --step mail")).Text, Is.EqualTo("""{"flow":"f","messages":2}"""));
        Assert.That((await RunAsync("flow letters f")).Output, Is.Empty);
        Assert.That((await RunAsync("flow stats f")).Text, Does.Contain("\"pending\":1").And.Contain("\"failed\":2"));
    }

    [Test]
    public async Task PausedAndResumed_IsSaid()
    {
        Assert.That((await RunAsync("flow pause f")).Text, Does.Contain("\"status\":\"paused\""));
        Assert.That((await RunAsync("flow list")).Text, Does.Contain("\"status\":\"paused\""));
        Assert.That((await RunAsync("flow resume f")).Text, Does.Contain("\"status\":\"live\""));
    }

    [TestCase("flow parked", 2)]
    [TestCase("flow parked nothing", 1)]
    [TestCase("flow letters nothing", 1)]
    [TestCase("flow release nothing", 1)]
    [TestCase("flow release f --run 7fff", 1)]
    [TestCase("flow release f --run nonsense", 2)]
    [TestCase("flow skip f --run 7fff", 1)]
    [TestCase("flow cancel f --run 7fff", 1)]
    [TestCase("flow cancel nothing", 1)]
    [TestCase("flow retry nothing", 1)]
    [TestCase("flow retry f --key 1234", 1)]
    [TestCase("flow drop f --key 1234", 1)]
    [TestCase("flow pause nothing", 1)]
    [TestCase("flow resume nothing", 1)]
    public async Task Refused_SaysWhyInOneLine(string line, int code)
    {
        var run = await RunAsync(line);
        Assert.That((run.Code, run.Output.Length), Is.EqualTo((code, 0)), run.Text);
        Assert.That(run.Error, code == 1 ? Has.Length.EqualTo(1) : Is.Not.Empty);
    }

    private Task<ShellRun> RunAsync(string line) => ShellRun.OfAsync($"{line} --data {Store}", "");
}
