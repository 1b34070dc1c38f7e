using System.Globalization;

namespace Klaviyo.Flows.Definitions;

/// <summary>A definition made ready to run: steps and links as numbers, templates read.</summary>
/// <threadsafety>Immutable.</threadsafety>
internal sealed class FlowVersion
{
    private readonly FlowGraph _graph;
    private readonly MessagePlan?[] _messages;
    private readonly ValueList<Step> _steps;
    private readonly int[][]? _goals;
    private readonly bool _filterReadsTrigger;

    private FlowVersion(
        FlowDefinition definition, int number, Instant defined, FlowGraph graph, ValueList<Step> steps, MessagePlan?[] messages)
    {
        Defined = defined;
        _steps = steps;
        Definition = definition;
        Number = number;
        _graph = graph;
        _goals = graph.GoalsAhead();
        _messages = messages;
        var reads = FlowConditions.Reads(definition, steps);
        ReadsObjects = messages.Any(m => m is { ReadsCatalog: true }) || reads.ObjectTypes.Count > 0;
        Groups = reads.Groups;
        var ofFilter = new DependencySet();
        definition.ProfileFilter?.AddDependencies(ofFilter);
        _filterReadsTrigger = ofFilter.ReadsTrigger;
    }

    /// <summary>Gets the definition.</summary>
    internal FlowDefinition Definition { get; }

    /// <summary>Gets which version of its flow it is, from 1.</summary>
    internal int Number { get; }

    /// <summary>Gets why the definition that is stored cannot be read; null for all others.</summary>
    internal string? Fault { get; private init; }

    /// <summary>Gets when it was defined.</summary>
    internal Instant Defined { get; }

    /// <summary>Gets the number of the step at which runs begin.</summary>
    internal int Entry => _graph.Entry;

    /// <summary>Gets how many steps there are, those inside of others included.</summary>
    internal int StepCount => _steps.Count;

    /// <summary>Makes a definition ready.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="number">Which version of its flow it is.</param>
    /// <param name="templates">The host's templates by id.</param>
    /// <param name="lenient">Whether a message without its template is taken; it is skipped when it is due.</param>
    /// <param name="stepFor">What takes the place of a step; null for the steps themselves.</param>
    /// <param name="hasUnsubscribePage">Whether the host has a page on which people unsubscribe.</param>
    /// <param name="defined">When it was defined; does not matter for one that is not stored.</param>
    /// <exception cref="DefinitionException">The definition cannot mean anything.</exception>
    internal static FlowVersion Of(
        FlowDefinition definition,
        int number,
        IReadOnlyDictionary<string, string> templates,
        bool lenient,
        Func<Step, Step>? stepFor = null,
        bool hasUnsubscribePage = false,
        Instant defined = default)
    {
        if (!lenient && definition.Refusals.Count > 0)
        {
            throw definition.Refusals[0];
        }

        var own = stepFor is null ? definition.Steps : ValueList.Of(definition.Steps.Select(stepFor));
        var graph = FlowGraph.Of(definition with { Steps = own });
        var (steps, paths) = (FlowGraph.Expanded(own), FlowGraph.Paths(own, "$"));
        var messages = new MessagePlan?[steps.Count];
        for (var i = 0; i < messages.Length; i++)
        {
            messages[i] = steps[i] is SendStep send
                ? Message(send, templates, paths[i], hasUnsubscribePage, lenient || send.Status != StepStatus.Live)
                : null;
        }

        return new FlowVersion(definition, number, defined, graph, steps, messages);
    }

    /// <summary>Makes the version of a definition that another version of the host stored, and this one cannot read.</summary>
    /// <remarks>It has neither triggers nor steps that do anything: what stands on it stays there until somebody can read it.</remarks>
    internal static FlowVersion Unreadable(string flow, int number, Instant defined, DefinitionException refused)
    {
        var nothing = new FlowDefinition { Name = flow, Triggers = [], Steps = [], Entry = "" };
        return new FlowVersion(nothing, number, defined, FlowGraph.Empty, [], [])
        {
            Fault = string.Create(CultureInfo.InvariantCulture, $"Version {number} of the flow '{flow}' cannot be read: {refused.Message}"),
        };
    }

    /// <summary>Refuses what needs to know the definition.</summary>
    /// <exception cref="DefinitionException">It cannot be read.</exception>
    internal FlowVersion Readable() => Fault is null ? this : throw new DefinitionException("$", Fault);

    /// <summary>Gets a step by number.</summary>
    internal Step Step(int step) => Fault is null ? _steps[step] : UnknownStep.Of(step);

    /// <summary>Tells whether a trigger, by number, is one that the clock pulls.</summary>
    internal bool IsTimed(int which) => Fault is null && Definition.Triggers[which] is TimedTrigger;

    /// <summary>Gets the message of a step that sends.</summary>
    internal MessagePlan? Message(int step) => _messages[step];

    /// <summary>Gets what the profile filter looks at. The event is read only where it asks for it: it is asked before every action.</summary>
    internal EvaluationContext FilterContext(in StepContext context) =>
        _filterReadsTrigger ? context.EvaluationOfRun() : context.Evaluation();

    /// <summary>Gets whether a message looks custom objects up, or a condition asks about those of the profile.</summary>
    internal bool ReadsObjects { get; }

    /// <summary>Gets the lists and segments that conditions and triggers name.</summary>
    internal ISet<string> Groups { get; }

    /// <summary>Gets the step that follows.</summary>
    internal int Next(int step) => _graph.Links(step)[0];

    /// <summary>Gets the step to which an exit of a step leads.</summary>
    internal int Next(int step, int exit) => _graph.Links(step)[exit];

    /// <summary>Gets the goals to which a run that stands on a step may jump.</summary>
    internal ReadOnlySpan<int> GoalsAhead(int step) => _goals is null ? [] : _goals[step];

    private static MessagePlan Message(
        SendStep send, IReadOnlyDictionary<string, string> templates, string path, bool hasUnsubscribePage, bool lenient)
    {
        try
        {
            return MessagePlan.Of(send, templates, path, hasUnsubscribePage);
        }
        catch (DefinitionException broken) when (lenient)
        {
            return MessagePlan.Broken(broken.Message);
        }
    }
}
