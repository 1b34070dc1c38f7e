using Klaviyo.Flows.Interpreter;

namespace Klaviyo.Flows.Definitions;

/// <summary>Steps and links as numbers, checked: every link leads somewhere, every step is reached, no circle stands still for want of a delay or a bound.</summary>
/// <threadsafety>Immutable.</threadsafety>
internal sealed class FlowGraph
{
    /// <summary>Stands for the end of a run.</summary>
    internal const int End = -1;

    private readonly IReadOnlyList<Step> _steps;
    private readonly string[] _paths;
    private readonly int[][] _links;

    private FlowGraph(IReadOnlyList<Step> steps, string[] paths, int entry, int[][] links)
    {
        _steps = steps;
        _paths = paths;
        Entry = entry;
        _links = links;
    }

    /// <summary>Gets the graph of what has no steps.</summary>
    internal static FlowGraph Empty { get; } = new([], [], End, []);

    /// <summary>Gets the number of the step at which runs begin.</summary>
    internal int Entry { get; }

    /// <summary>Gets the numbers of the steps that may follow a step, by exit.</summary>
    internal ReadOnlySpan<int> Links(int step) => _links[step];

    /// <summary>Numbers and checks the steps of a definition.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="path">Where it stands.</param>
    /// <exception cref="DefinitionException">A link leads nowhere, or a step is never reached, or a circle has no delay.</exception>
    internal static FlowGraph Of(FlowDefinition definition, string path = "$")
    {
        var steps = Expanded(definition.Steps);
        if (steps.Count > Run.StepMax)
        {
            throw new DefinitionException($"{path}.actions", $"a flow has at most {Run.StepMax} actions, those inside of others included; here are {steps.Count}");
        }

        var paths = Paths(definition.Steps, path);
        var numbers = Numbers(steps, paths, path);
        if (!numbers.TryGetValue(definition.Entry, out var entry))
        {
            throw new DefinitionException($"{path}.entry_action_id", $"there is no action '{definition.Entry}'");
        }

        var links = new int[steps.Count][];
        for (var i = 0; i < links.Length; i++)
        {
            links[i] = [.. steps[i].Links.Select(id => Target(numbers, id, paths[i]))];
        }

        var graph = new FlowGraph(steps, paths, entry, links);
        graph.ThrowIfUnreached();
        graph.ThrowIfStandstill();
        return graph;
    }

    /// <summary>Gets the steps of a definition, and behind them those that stand inside of others.</summary>
    internal static ValueList<Step> Expanded(ValueList<Step> steps) =>
        ValueList.Of(steps.Concat(steps.SelectMany(s => s.Inner)));

    /// <summary>Gets where the steps of <see cref="Expanded"/> stand.</summary>
    internal static string[] Paths(ValueList<Step> steps, string path)
    {
        var own = Enumerable.Range(0, steps.Count).Select(i => $"{path}.actions[{i}]");
        var inner = steps.SelectMany((s, i) => s.Inner.Select((_, k) => $"{path}.actions[{i}].data" + (k == 0
            ? ".main_action"
            : $".current_experiment.variations[{k - 1}]")));
        return [.. own, .. inner];
    }

    /// <summary>Finds the goals that lie ahead of each step: those to which links lead from it.</summary>
    /// <returns>By step; null where no step is a goal.</returns>
    internal int[][]? GoalsAhead()
    {
        return _steps.Any(s => s is GoalStep)
            ? [.. Enumerable.Range(0, _links.Length).Select(step => Reached(_links[step]).Where(t => _steps[t] is GoalStep && t != step).Order().ToArray())]
            : null;
    }

    private static Dictionary<string, int> Numbers(ValueList<Step> steps, string[] paths, string path)
    {
        if (steps.Count == 0)
        {
            throw new DefinitionException($"{path}.actions", "a flow has at least one action");
        }

        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < steps.Count; i++)
        {
            if (!numbers.TryAdd(steps[i].Id, i))
            {
                throw new DefinitionException(paths[i], $"the id '{steps[i].Id}' is used twice");
            }
        }

        return numbers;
    }

    private static int Target(Dictionary<string, int> numbers, string? id, string path)
    {
        if (id is null)
        {
            return End;
        }

        return numbers.TryGetValue(id, out var number)
            ? number
            : throw new DefinitionException($"{path}.links", $"there is no action '{id}'");
    }

    private HashSet<int> Reached(IEnumerable<int> from)
    {
        var reached = new HashSet<int>();
        var open = new Stack<int>(from);
        while (open.TryPop(out var step))
        {
            if (step != End && reached.Add(step))
            {
                Array.ForEach(_links[step], open.Push);
            }
        }

        return reached;
    }

    private void ThrowIfUnreached()
    {
        var reached = Reached([Entry]);
        if (reached.Count < _links.Length)
        {
            var lost = Enumerable.Range(0, _links.Length).First(i => !reached.Contains(i));
            throw new DefinitionException(_paths[lost], $"no link leads to the action '{_steps[lost].Id}'");
        }
    }

    // Kahn's algorithm over the steps that take no time: what cannot be put into an order goes round in a circle.
    private void ThrowIfStandstill()
    {
        var incoming = new int[_links.Length];
        foreach (var target in Enumerable.Range(0, _links.Length).SelectMany(InstantTargets))
        {
            incoming[target]++;
        }

        var open = new Stack<int>(Enumerable.Range(0, _links.Length).Where(i => incoming[i] == 0));
        while (open.TryPop(out var step))
        {
            foreach (var target in InstantTargets(step).Where(t => --incoming[t] == 0))
            {
                open.Push(target);
            }
        }

        var circle = Array.FindIndex(incoming, n => n > 0);
        if (circle >= 0)
        {
            throw new DefinitionException(
                _paths[circle], $"the action '{_steps[circle].Id}' stands in or after a circle without a delay or a bound");
        }
    }

    private IEnumerable<int> InstantTargets(int step) =>
        _steps[step].TakesTime ? [] : _links[step].Take(_steps[step].UnboundLinks).Where(t => t != End);
}
