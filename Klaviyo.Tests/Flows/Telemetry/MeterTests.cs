using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Klaviyo.Channels;

namespace Klaviyo.Tests.Flows.Telemetry;

// "F18 metrics: due backlog and overdue histogram, outbox age, steps/s, per-step funnel; ActivitySource spans."
[NonParallelizable] // Meters and activities are heard by all of the process.
public sealed class MeterTests
{
    private static readonly FlowDefinition Watched = Some.Flow(
        "watched", new MetricTrigger("A"), Some.Delay("wait", "mail", 1), Some.Email("mail"));

    [Test]
    public async Task Meters_OfAFlow_TellWhatItsStatsTell_AndHowLateItIs()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Watched);
        using var heard = new Heard(world.Platform);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.TrackAsync("email:bob@example.com", "A");
        await world.Platform.RunDueAsync();
        Assert.That(heard.Look()["klaviyo.flow.runs"], Is.EqualTo(["2 watched"]));

        world.Answer = m => m.Attempt == 1 ? ChannelResult.Retry("busy") : ChannelResult.Delivered;
        world.Clock.Advance(TimeSpan.FromDays(1) + TimeSpan.FromSeconds(5));
        heard.Hearing = name => world.Clock.Advance(name == "klaviyo.flow.due" ? TimeSpan.FromMilliseconds(500) : TimeSpan.Zero);
        var behind = heard.Look();
        heard.Hearing = null;
        Assert.That((behind["klaviyo.flow.due"].Single(), behind["klaviyo.flow.overdue"].Single()), Is.EqualTo(("2 ", "5 ")), "one look is for both");
        heard.Clear();
        await world.Platform.RunDueAsync();
        Assert.That(heard["klaviyo.flow.lateness"], Is.EqualTo(["5.5 ", "5.5 "]));
        Assert.That(heard["klaviyo.message.outbox.age"], Is.EqualTo(["5.5 email", "5.5 email"]));
        Assert.That(heard["klaviyo.message.attempt.duration"], Is.EqualTo(["0 email retry", "0 email retry"]));
        Assert.That(heard["klaviyo.store.commit.duration"], Is.Not.Empty);

        var seen = heard.Look();
        Assert.That((seen["klaviyo.flow.due"].Single(), seen["klaviyo.flow.overdue"].Single()), Is.EqualTo(("0 ", "0 ")));
        Assert.That(seen["klaviyo.message.pending"], Is.EqualTo(["2 "]));
        Assert.That(seen["klaviyo.flow.decisions"], Is.EquivalentTo(world.Platform.FlowStats("watched").Steps.SelectMany(
            step => step.Value.Select(kind => $"{kind.Value} watched {step.Key} {DecisionKindText.Of(kind.Key)}"))));
        Assert.That(seen["klaviyo.store.events"], Does.Contain("2 A"));
        Assert.That(seen["klaviyo.flow.runs"], Is.EqualTo(["0 watched"]));

        await world.DisposeAsync();
        Assert.That(heard.Look(), Is.Empty, "what is closed tells nothing");
    }

    // Listeners run inside the call that is measured, and are not ours.
    [Test]
    public async Task Listener_ThatThrows_CostsNothingButItsMeasurements()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Watched);
        var thrown = new ConcurrentBag<string>();
        void Throw(string at)
        {
            thrown.Add(at);
            throw new InvalidOperationException(at);
        }

        using var heard = new Heard(world.Platform) { Hearing = Throw };
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == CustomerPlatform.FlowMeterName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => Throw(activity.OperationName),
        };
        ActivitySource.AddActivityListener(listener);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        world.Clock.Advance(TimeSpan.FromDays(1));
        await world.Platform.RunDueAsync();
        Assert.That((world.Offered.Count, world.Platform.FlowStats("watched").Running), Is.EqualTo((1, 0)));
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered, Has.Count.EqualTo(1), "a message that was delivered is not sent again");
        Assert.That(thrown.Distinct(), Is.EquivalentTo([
            "klaviyo.store.commit.duration", "klaviyo.flow.lateness", "klaviyo.message.outbox.age", "klaviyo.message.attempt.duration",
            "klaviyo.flow.turn", "klaviyo.message.attempt"]));
    }

    [Test]
    public async Task Activities_OfAnAttempt_NameRunAndMessage_AndFailWhereItFails()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("watched", new MetricTrigger("A"), Some.Email("mail")));
        var ended = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == CustomerPlatform.FlowMeterName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Add,
        };
        ActivitySource.AddActivityListener(listener);
        world.Answer = _ => ChannelResult.Failed("no such number");
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();

        var attempt = ended.Single(a => a.OperationName == "klaviyo.message.attempt");
        var message = world.Offered.Single();
        Assert.That(attempt.Parent?.OperationName, Is.EqualTo("klaviyo.flow.turn"));
        Assert.That(
            attempt.TagObjects.ToDictionary(t => t.Key, t => t.Value?.ToString()),
            Is.SupersetOf(new Dictionary<string, string?>
            {
                ["klaviyo.flow"] = "watched",
                ["klaviyo.step"] = "mail",
                ["klaviyo.message"] = message.Key,
                ["klaviyo.run"] = message.Run.ToString(),
                ["klaviyo.outcome"] = "failed",
            }));
        Assert.That((attempt.Status, attempt.StatusDescription), Is.EqualTo((ActivityStatusCode.Error, "no such number")));
    }

    /// <summary>What instruments have told, each as its value and the tags that it has of its own.</summary>
    private sealed class Heard : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly List<(string Name, string Said)> _said = [];

        internal Heard(CustomerPlatform platform)
        {
            string[] meters = [CustomerPlatform.FlowMeterName, CustomerDatabase.MeterName];
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (meters.Contains(instrument.Meter.Name) && IsOf(instrument.Meter, platform))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
            _listener.Start();
        }

        private static bool IsOf(Meter meter, CustomerPlatform platform) =>
            meter.Tags!.Single().Value as string == platform.Store.Id.ToString();

        internal string[] this[string name] => [.. _said.Where(s => s.Name == name).Select(s => s.Said)];

        /// <summary>Gets or sets what is done before a measurement is taken.</summary>
        internal Action<string>? Hearing { get; set; }

        internal void Clear() => _said.Clear();

        /// <summary>Asks the instruments that are only looked at.</summary>
        internal Dictionary<string, string[]> Look()
        {
            _said.Clear();
            _listener.RecordObservableInstruments();
            return _said.GroupBy(s => s.Name, s => s.Said).ToDictionary(g => g.Key, g => g.ToArray());
        }

        public void Dispose() => _listener.Dispose();

        private void Note<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            Hearing?.Invoke(instrument.Name);
            lock (_said)
            {
                _said.Add((instrument.Name, FormattableString.Invariant($"{value} {string.Join(' ', tags.ToArray().Select(t => t.Value))}")));
            }
        }
    }
}
