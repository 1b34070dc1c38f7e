using System.Threading.Channels;
using Klaviyo.Channels;

namespace Klaviyo.Testing;

/// <summary>Flows under test: a platform of its own on a clock that the test moves, whose messages are caught.</summary>
/// <remarks>
/// <para>The platform is the real one, on a temporary directory that goes with the test: what passes here passes in production.
/// Nothing leaves the process, and no time passes but what <see cref="AdvanceAsync"/> lets pass. It needs no test framework.</para>
/// <para>What is written through this class is followed at once by a turn of the flows, as a host that calls
/// <see cref="CustomerPlatform.StartFlows"/> has it. What is written through <see cref="Platform"/> is seen by the next turn.</para>
/// <para>Making one takes some milliseconds, a week of waiting none.</para>
/// </remarks>
/// <example>
/// <code>
/// await using var test = await FlowTest.OpenAsync(cart);
/// await test.TrackAsync("email:ada@example.com", "Added to Cart");
/// await test.AdvanceAsync(TimeSpan.FromDays(7));
/// Assert.That(test.Sent.Single().Step, Is.EqualTo("reminder"));
/// </code>
/// </example>
/// <threadsafety>One caller at a time.</threadsafety>
public sealed class FlowTest : IAsyncDisposable
{
    private static readonly string[] ChannelNames = ["email", "sms", "push", "whatsapp", "webhook", "function"];
    private static readonly UnsubscribePage Page = new() { Url = "https://unsubscribe.invalid/{token}", Secret = "the secret of a test" };

    private readonly VirtualClock _clock;
    private readonly FlowTestOptions _options;
    private readonly string _directory;
    private readonly List<FlowMessage> _attempts = [];
    private readonly List<FlowDecision> _decisions = [];
    private readonly Dictionary<string, FlowMessage> _sent = new(StringComparer.Ordinal);
    private readonly List<FlowMessage> _failed = [];
    private readonly System.Threading.Lock _caught = new();
    private ChannelReader<FlowDecision> _news = null!;

    private FlowTest(FlowTestOptions options)
    {
        _options = options;
        _clock = new VirtualClock(options.Start);
        _directory = Directory.CreateTempSubdirectory("klaviyo-flow-test-").FullName;
    }

    /// <summary>Gets the platform, for all that a host does with one: profiles, lists, segments, statistics, the trace of a run.</summary>
    /// <value>Another object after <see cref="RestartAsync"/>.</value>
    public CustomerPlatform Platform { get; private set; } = null!;

    /// <summary>Gets the clock of the test, for the host's own code.</summary>
    public TimeProvider Clock => _clock;

    /// <summary>Gets what the clock shows.</summary>
    public Instant Now => _clock.Now;

    /// <summary>Gets the messages that were delivered, each once, by instant, then run: to whom, which step, when, what.</summary>
    /// <remarks>Those that <see cref="FlowTestOptions.Answer"/> says to have failed are in <see cref="Failed"/>.</remarks>
    public IReadOnlyList<FlowMessage> Sent => [.. Locked(() => _sent.Values.ToArray()).OrderBy(m => m.At).ThenBy(m => m.Run.Value)];

    /// <summary>Gets the messages that failed, because <see cref="FlowTestOptions.Answer"/> said so, in the order in which they did.</summary>
    public IReadOnlyList<FlowMessage> Failed => Locked(() => _failed.ToArray());

    /// <summary>Gets every attempt to send a message, those that are repeated among them.</summary>
    public IReadOnlyList<FlowMessage> Attempts => Locked(() => _attempts.ToArray());

    /// <summary>Gets everything that happened to runs and messages, in the order in which it was decided.</summary>
    public IReadOnlyList<FlowDecision> Decisions => _decisions;

    /// <summary>Gets what was not done, and why: messages that were skipped, and profiles that were not let in.</summary>
    public IReadOnlyList<FlowDecision> Skipped => [.. _decisions.Where(d => d.Kind is DecisionKind.Skip or DecisionKind.Refuse)];

    /// <summary>Opens a platform in which flows are live.</summary>
    /// <param name="flows">The flows; what they name, segments say, is best defined first: then open it without and define them.</param>
    /// <exception cref="DefinitionException">A definition cannot mean anything; path and message say where and why.</exception>
    public static ValueTask<FlowTest> OpenAsync(params FlowDefinition[] flows) => OpenAsync(new FlowTestOptions(), flows);

    /// <summary>Opens a platform in which flows are live.</summary>
    /// <param name="options">How the test begins.</param>
    /// <param name="flows">The flows.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="DefinitionException">A definition cannot mean anything; path and message say where and why.</exception>
    public static async ValueTask<FlowTest> OpenAsync(FlowTestOptions options, params FlowDefinition[] flows)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(flows);
        var test = new FlowTest(options);
        try
        {
            await test.OpenPlatformAsync().ConfigureAwait(false);
            foreach (var flow in flows)
            {
                await test.DefineAsync(flow).ConfigureAwait(false);
            }
        }
        catch
        {
            await test.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return test;
    }

    /// <summary>Defines a flow, or gives it a new version.</summary>
    /// <exception cref="DefinitionException">The definition cannot mean anything; path and message say where and why.</exception>
    public async ValueTask DefineAsync(FlowDefinition flow)
    {
        await Platform.DefineFlowAsync(flow).ConfigureAwait(false);
        await RunDueAsync().ConfigureAwait(false);
    }

    /// <summary>Makes a profile, or writes properties to it, and subscribes it to channels.</summary>
    /// <param name="identifiers">Who it is, e.g. <c>email:ada@example.com</c> and <c>phone_number:+12125550123</c>.</param>
    /// <param name="properties">Its properties; null for none.</param>
    /// <param name="subscribedTo">The channels, e.g. <c>sms</c>.</param>
    /// <exception cref="ArgumentException">A value is not valid.</exception>
    public async ValueTask IdentifyAsync(
        IReadOnlyList<Identifier> identifiers, PropertyMap? properties = null, params string[] subscribedTo)
    {
        ArgumentNullException.ThrowIfNull(identifiers);
        ArgumentNullException.ThrowIfNull(subscribedTo);
        await Platform.IdentifyAsync([.. identifiers], properties ?? []).ConfigureAwait(false);
        foreach (var channel in subscribedTo)
        {
            var consent = new ConsentWrite { Profile = [identifiers[0]], Channel = channel, Status = ConsentStatus.Subscribed };
            await Platform.WriteAsync(consent).ConfigureAwait(false);
        }

        await RunDueAsync().ConfigureAwait(false);
    }

    /// <summary>Tracks an event.</summary>
    /// <param name="profile">An identifier of the profile, which is made if need be.</param>
    /// <param name="metric">The metric.</param>
    /// <param name="value">Its value; null for none.</param>
    /// <param name="properties">Its properties; null for none.</param>
    /// <param name="time">When it happened; null for now.</param>
    /// <exception cref="ArgumentException">A value is not valid.</exception>
    public async ValueTask TrackAsync(
        Identifier profile, string metric, double? value = null, PropertyMap? properties = null, Instant? time = null)
    {
        await Platform.TrackAsync(profile, metric, value, properties, time).ConfigureAwait(false);
        await RunDueAsync().ConfigureAwait(false);
    }

    /// <summary>Lets time pass, and has the flows do all that becomes due, each thing at its instant.</summary>
    /// <param name="by">How much time. Not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is negative.</exception>
    public ValueTask AdvanceAsync(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        return AdvanceToAsync(Now.Plus(by));
    }

    /// <summary>Lets time pass until an instant, and has the flows do all that becomes due, each thing at its instant.</summary>
    /// <param name="to">The instant. Not before <see cref="Now"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="to"/> has passed.</exception>
    public async ValueTask AdvanceToAsync(Instant to)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(to, Now);
        var next = (await RunDueAsync().ConfigureAwait(false)).NextWake;
        while (Now < to)
        {
            // A wake that is not to come, of what is paused say, must not keep the clock from going on.
            _clock.Now = next > Now && next < to ? next.Value : to;
            next = (await RunDueAsync().ConfigureAwait(false)).NextWake;
        }
    }

    /// <summary>Closes the platform and opens it again, as a deployment does: all goes on where it stood.</summary>
    public async ValueTask RestartAsync()
    {
        await Platform.DisposeAsync().ConfigureAwait(false);
        TakeNews();
        await OpenPlatformAsync().ConfigureAwait(false);
    }

    /// <summary>Gets what happened to runs and messages of a profile, in the order in which it was decided.</summary>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <returns>None where no profile has the identifier.</returns>
    public IReadOnlyList<FlowDecision> DecisionsOf(Identifier profile)
    {
        var id = Platform.Profile(profile)?.Id;
        return [.. _decisions.Where(d => d.Profile == id)];
    }

    /// <summary>Tells what happened, one decision a line: what a test that has failed shows.</summary>
    public override string ToString()
    {
        return string.Join('\n', _decisions.Select(d =>
            $"{d.At} {d.Profile} {d.Flow}{(d.Step.Length > 0 ? $"/{d.Step}" : "")} {d.Decision} {d.Reason}".TrimEnd()));
    }

    /// <summary>Closes the platform and deletes its directory.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (Platform is not null)
            {
                await Platform.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private async ValueTask OpenPlatformAsync()
    {
        IChannel channel = new DelegateChannel((message, _) => ValueTask.FromResult(Catch(message)));
        var names = ChannelNames.Union(_options.Platform.Channels.Keys, StringComparer.Ordinal);
        Platform = await CustomerPlatform.OpenAsync(_directory, _options.Platform with
        {
            Clock = _clock,
            Channels = names.ToDictionary(name => name, _ => channel, StringComparer.Ordinal),
            Unsubscribe = _options.Platform.Unsubscribe ?? Page,
            SendsAtATime = 1,
            BackgroundSegments = false,
        }).ConfigureAwait(false);
        _news = Platform.Listen().Reader;
    }

    private ChannelResult Catch(FlowMessage message)
    {
        lock (_caught)
        {
            _attempts.Add(message);
        }

        var answer = _options.Answer(message);
        lock (_caught)
        {
            if (answer.Outcome == ChannelOutcome.Delivered)
            {
                _sent.TryAdd(message.Key, message);
            }
            else if (answer.Outcome == ChannelOutcome.Failed)
            {
                _failed.Add(message);
            }
        }

        return answer;
    }

    private async ValueTask<FlowProgress> RunDueAsync()
    {
        try
        {
            return await Platform.RunDueAsync().ConfigureAwait(false);
        }
        finally
        {
            TakeNews();
        }
    }

    private void TakeNews()
    {
        while (_news.TryRead(out var decision))
        {
            _decisions.Add(decision);
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_caught)
        {
            return read();
        }
    }
}
