using Klaviyo.Flows.Definitions;

namespace Klaviyo;

/// <summary>Says a flow in C#: the same definition as its JSON, step after step.</summary>
/// <remarks>
/// <para>A step follows the one before. The ways of a split are said in functions of their own; where they do not end the run or
/// go elsewhere, they meet in the step that comes next. Steps act: their status is live.</para>
/// <para>Ids are made of the type and a number, e.g. <c>send-email-2</c>; <see cref="As"/> gives the next step another.</para>
/// </remarks>
/// <example>
/// <code>
/// var flow = FlowBuilder.Named("abandoned cart")
///     .OnEvent("Added to Cart")
///     .Only(When.DidNot("Placed Order").SinceFlowStart())
///     .Wait(7, DelayUnit.Days)
///     .If(When.Property("city").Is("New York"),
///         yes => yes.Sms("Your cart waits."),
///         no => no.Email("Your cart waits", "&lt;p&gt;Come back!&lt;/p&gt;"))
///     .Build();
/// </code>
/// </example>
/// <threadsafety>One caller at a time.</threadsafety>
public sealed class FlowBuilder
{
    private readonly FlowDraft _draft;
    private readonly bool _isWay;

    // What the next step follows: steps whose link is still open, and how to close it.
    private List<OpenEnd> _open;
    private string? _id;
    private bool _ended;

    private FlowBuilder(FlowDraft draft, List<OpenEnd> open, bool isWay)
    {
        (_draft, _open, _isWay) = (draft, open, isWay);
    }

    /// <summary>Begins a flow.</summary>
    /// <param name="name">Its name, unique in its store.</param>
    public static FlowBuilder Named(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new FlowBuilder(new FlowDraft(name), [], isWay: false);
    }

    /// <summary>Adds a trigger: any one starts a run.</summary>
    public FlowBuilder On(FlowTrigger trigger)
    {
        ArgumentNullException.ThrowIfNull(trigger);
        Root().Triggers.Add(trigger);
        return this;
    }

    /// <summary>Starts a run for each event of a metric that passes a condition; null for every event.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="filter">The condition on the event.</param>
    /// <param name="key">The property of the event by whose value the runs of a profile are told apart; null for none.</param>
    public FlowBuilder OnEvent(string metric, Condition? filter = null, string? key = null) =>
        On(new MetricTrigger(metric) { Filter = filter, Key = key is null ? null : new PropertyPath(key) });

    /// <summary>Starts a run for who comes onto a list.</summary>
    public FlowBuilder OnList(string list) => On(new ListTrigger(list));

    /// <summary>Starts a run for who enters a segment.</summary>
    public FlowBuilder OnSegment(string segment) => On(new SegmentTrigger(segment));

    /// <summary>Sets the condition that is checked at entry and before every action.</summary>
    public FlowBuilder Only(Condition condition)
    {
        Root().ProfileFilter = condition;
        return this;
    }

    /// <summary>Sets when a profile may enter again.</summary>
    public FlowBuilder Reenter(ReentryCriteria criteria)
    {
        Root().Reentry = criteria;
        return this;
    }

    /// <summary>Gives the next step an id.</summary>
    public FlowBuilder As(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        _id = id;
        return this;
    }

    /// <summary>Adds any step; its own link is set to what follows, its id is kept unless <see cref="As"/> gave one.</summary>
    /// <remarks>For a step with branches, the links of the branches stay as they are.</remarks>
    public FlowBuilder Then(Step step)
    {
        ArgumentNullException.ThrowIfNull(step);
        var place = Add(_id is null ? step : step with { Id = TakeId("") });
        _open = StepEnds.HasNext(step) ? [new OpenEnd(place, StepEnds.WithNext)] : [];
        return this;
    }

    /// <summary>Waits for a time.</summary>
    public FlowBuilder Wait(int value, DelayUnit unit) =>
        Then(new TimeDelayStep { Id = TakeId("time-delay"), Value = value, Unit = unit });

    /// <summary>Lets so many runs through in any window of a length; the others stand in line.</summary>
    /// <param name="count">How many.</param>
    /// <param name="per">The length of the window, in whole seconds.</param>
    public FlowBuilder AtMost(int count, TimeSpan per) =>
        Then(new RateLimitStep { Id = TakeId("rate-limit"), Limit = new RateLimit(count, per) });

    /// <summary>Sends an e-mail.</summary>
    /// <param name="subject">The template of the subject line.</param>
    /// <param name="body">The template of the body, in HTML.</param>
    public FlowBuilder Email(string subject, string body) =>
        Then(new SendEmailStep { Id = TakeId("send-email"), Status = StepStatus.Live, SubjectLine = subject, Body = body });

    /// <summary>Sends a text message.</summary>
    /// <param name="body">The template of the text.</param>
    public FlowBuilder Sms(string body) => Then(new SendSmsStep { Id = TakeId("send-sms"), Status = StepStatus.Live, Body = body });

    /// <summary>Sends a push notification.</summary>
    /// <param name="title">The template of the title.</param>
    /// <param name="body">The template of the text.</param>
    public FlowBuilder Push(string title, string body) =>
        Then(new SendPushStep { Id = TakeId("send-mobile-push"), Status = StepStatus.Live, Title = title, Body = body });

    /// <summary>Posts to a URL.</summary>
    /// <param name="url">The URL: absolute, http or https.</param>
    /// <param name="body">The template of the body, in JSON.</param>
    public FlowBuilder Webhook(string url, string body) =>
        Then(new SendWebhookStep { Id = TakeId("send-webhook"), Status = StepStatus.Live, Url = url, Body = body });

    /// <summary>Calls a function of the host.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="body">The template of what it is given, in JSON; null for nothing.</param>
    public FlowBuilder Call(string function, string? body = null) =>
        Then(new CodeStep { Id = TakeId("code"), Status = StepStatus.Live, Function = function, Body = body });

    /// <summary>Writes a property of the profile.</summary>
    public FlowBuilder Set(string property, PropertyValue value)
    {
        return Then(new UpdateProfileStep
        {
            Id = TakeId("update-profile"),
            Status = StepStatus.Live,
            Operations = [new ProfileOperation(ProfileOperationKind.Set, property, value)],
        });
    }

    /// <summary>Puts the profile on a list, or takes it off.</summary>
    public FlowBuilder List(string list, bool member = true) =>
        Then(new ListUpdateStep { Id = TakeId("list-update"), Status = StepStatus.Live, List = list, Member = member });

    /// <summary>Writes an event of the profile.</summary>
    public FlowBuilder Track(string metric, params ReadOnlySpan<Assignment> properties)
    {
        return Then(new TrackEventStep
        {
            Id = TakeId("track-event"),
            Status = StepStatus.Live,
            Metric = metric,
            Properties = ValueList.Of(properties.ToArray()),
        });
    }

    /// <summary>Sets a variable of the run.</summary>
    public FlowBuilder Remember(string variable, ValueSource source) =>
        Then(new SetVariableStep { Id = TakeId("set-variable"), Variables = [new Assignment(variable, source)] });

    /// <summary>Goes one way or the other by a condition.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="yes">What follows if it holds; null goes on.</param>
    /// <param name="no">What follows if it does not; null goes on.</param>
    public FlowBuilder If(Condition condition, Action<FlowBuilder>? yes, Action<FlowBuilder>? no = null)
    {
        var place = Add(new ConditionalSplitStep { Id = TakeId("conditional-split"), Filter = condition });
        _open =
        [
            .. Way(new OpenEnd(place, (step, next) => ((SplitStep)step) with { NextIfTrue = next }), yes),
            .. Way(new OpenEnd(place, (step, next) => ((SplitStep)step) with { NextIfFalse = next }), no),
        ];
        return this;
    }

    /// <summary>Goes the way of the first branch whose condition holds; where none does, the run ends.</summary>
    /// <param name="branches">The id of each branch, its condition, null for the one where no other holds, and what follows.</param>
    public FlowBuilder Branch(params ReadOnlySpan<(string Id, Condition? Filter, Action<FlowBuilder>? Way)> branches)
    {
        var ways = branches.ToArray();
        var place = Add(new MultiBranchSplitStep
        {
            Id = TakeId("multi-branch-split"),
            Branches = ValueList.Of(ways.Select(w => new SplitBranch(w.Id) { Filter = w.Filter, IsElse = w.Filter is null })),
        });
        _open = [.. ways.SelectMany((way, i) => Way(new OpenEnd(place, (step, next) => StepEnds.WithBranch(step, i, next)), way.Way))];
        return this;
    }

    /// <summary>Goes one of several ways by chance, always the same for one profile.</summary>
    /// <param name="branches">The id of each way, its weight, and what follows.</param>
    public FlowBuilder Split(params ReadOnlySpan<(string Id, double Weight, Action<FlowBuilder>? Way)> branches)
    {
        var ways = branches.ToArray();
        var place = Add(new RandomSplitStep
        {
            Id = TakeId("random-split"),
            Branches = ValueList.Of(ways.Select(w => new WeightedBranch(w.Id, w.Weight))),
        });
        _open = [.. ways.SelectMany((way, i) => Way(new OpenEnd(place, (step, next) => StepEnds.WithBranch(step, i, next)), way.Way))];
        return this;
    }

    /// <summary>Waits for an event, at most for a time.</summary>
    /// <param name="metric">The metric of the event.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="happened">What follows if it happens; null goes on.</param>
    /// <param name="timedOut">What follows if the time passes; null goes on.</param>
    /// <param name="same">The property in which it must equal the event that started the run, e.g. the key; null for none.</param>
    public FlowBuilder WaitFor(
        string metric,
        TimeSpan timeout,
        Action<FlowBuilder>? happened = null,
        Action<FlowBuilder>? timedOut = null,
        string? same = null)
    {
        var branch = new WaitBranch("happened") { Metric = metric, SameAs = same is null ? null : new PropertyPath(same) };
        return WaitUntil(branch, timeout, happened, timedOut);
    }

    /// <summary>Waits until a condition holds, at most for a time.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="holds">What follows if it comes to hold; null goes on.</param>
    /// <param name="timedOut">What follows if the time passes; null goes on.</param>
    public FlowBuilder WaitUntil(
        Condition condition, TimeSpan timeout, Action<FlowBuilder>? holds = null, Action<FlowBuilder>? timedOut = null)
    {
        return WaitUntil(new WaitBranch("holds") { Filter = condition }, timeout, holds, timedOut);
    }

    /// <summary>Names what the run is for: as soon as it is reached the run jumps here.</summary>
    public FlowBuilder Goal(Condition condition, GoalOtherwise otherwise = GoalOtherwise.Continue) =>
        Then(new GoalStep { Id = TakeId("goal"), Filter = condition, Otherwise = otherwise });

    /// <summary>Goes to another step so many times, then on.</summary>
    /// <param name="id">The id of the step.</param>
    /// <param name="times">How often at most.</param>
    public FlowBuilder Repeat(string id, int times) => Then(new GotoStep { Id = TakeId("goto"), Target = id, Times = times });

    /// <summary>Goes on at another step; nothing follows here.</summary>
    /// <param name="id">The id of the step.</param>
    public FlowBuilder GoTo(string id)
    {
        Close(id);
        return this;
    }

    /// <summary>Ends the run; nothing follows here.</summary>
    public FlowBuilder End()
    {
        Add(new ExitStep { Id = TakeId("exit") });
        _open = [];
        return this;
    }

    /// <summary>Makes the definition.</summary>
    /// <exception cref="InvalidOperationException">There is no trigger or no step, or this is a way of a split.</exception>
    /// <exception cref="DefinitionException">A link leads nowhere, an id is used twice, or a circle has no delay or bound.</exception>
    public FlowDefinition Build()
    {
        var draft = Root();
        if (draft.Triggers.Count == 0 || draft.Steps.Count == 0)
        {
            throw new InvalidOperationException("A flow has at least one trigger and one step.");
        }

        var definition = new FlowDefinition
        {
            Name = draft.Name,
            Triggers = ValueList.Of(draft.Triggers),
            ProfileFilter = draft.ProfileFilter,
            Steps = ValueList.Of(draft.Steps),
            Entry = draft.Steps[0].Id,
            Reentry = draft.Reentry,
        };
        _ = FlowGraph.Of(definition);
        return definition;
    }

    private FlowBuilder WaitUntil(
        WaitBranch branch, TimeSpan timeout, Action<FlowBuilder>? reached, Action<FlowBuilder>? timedOut)
    {
        var place = Add(new WaitUntilStep
        {
            Id = TakeId("wait-until"),
            Branches = [branch],
            TimeoutMs = (long)timeout.TotalMilliseconds,
        });
        _open =
        [
            .. Way(new OpenEnd(place, (step, next) => StepEnds.WithBranch(step, 0, next)), reached),
            .. Way(new OpenEnd(place, StepEnds.WithNext), timedOut),
        ];
        return this;
    }

    private List<OpenEnd> Way(OpenEnd end, Action<FlowBuilder>? say)
    {
        var way = new FlowBuilder(_draft, [end], isWay: true);
        say?.Invoke(way);
        return way._open;
    }

    private int Add(Step step)
    {
        if (_ended)
        {
            throw new InvalidOperationException($"Nothing leads to the step '{step.Id}': what comes before it ends or goes elsewhere.");
        }

        Close(step.Id);
        _ended = step is ExitStep;
        _draft.Steps.Add(step);
        return _draft.Steps.Count - 1;
    }

    private void Close(string id)
    {
        foreach (var end in _open)
        {
            _draft.Steps[end.Place] = end.Close(_draft.Steps[end.Place], id);
        }

        _open = [];
    }

    private string TakeId(string type)
    {
        var id = _id ?? $"{type}-{_draft.Steps.Count + 1}";
        _id = null;
        return id;
    }

    private FlowDraft Root() =>
        _isWay ? throw new InvalidOperationException("That is said of the flow, not of a way of a split.") : _draft;

    private sealed class FlowDraft(string name)
    {
        internal string Name { get; } = name;

        internal List<FlowTrigger> Triggers { get; } = [];

        internal List<Step> Steps { get; } = [];

        internal Condition? ProfileFilter { get; set; }

        internal ReentryCriteria? Reentry { get; set; }
    }

    private readonly record struct OpenEnd(int Place, Func<Step, string, Step> Close);
}
