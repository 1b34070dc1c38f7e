using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>The ids of the actions of a flow: an action may have two, and links may use either.</summary>
internal sealed class StepNames
{
    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);
    private readonly List<Step> _steps = [];

    internal StepNames(IReadOnlyList<DefinitionNode> actions)
    {
        foreach (var action in actions)
        {
            var id = IdOf(action) is { Length: > 0 } own ? own : action.Required("temporary_id").Name();
            Add(action.Optional("id"), id, "");
            Add(action.Optional("temporary_id"), id, action.Optional("id") is { IsMissing: false } real ? real.Name() : "");
        }
    }

    /// <summary>Gets the steps that were read.</summary>
    internal ValueList<Step> Steps => ValueList.Of(_steps);

    /// <summary>Gets the id by which the engine knows an action; empty for one that has none, as a message of an experiment may.</summary>
    internal static string IdOf(DefinitionNode action)
    {
        var (id, temporary) = (action.Optional("id"), action.Optional("temporary_id"));
        return !id.IsMissing ? id.Name() : temporary.IsMissing ? "" : temporary.Name();
    }

    /// <summary>Adds a step.</summary>
    internal void Add(Step step) => _steps.Add(step);

    /// <summary>Gets the id of the action that a field names.</summary>
    internal string Resolve(DefinitionNode name)
    {
        return _ids.TryGetValue(name.Name(), out var id)
            ? id
            : throw name.Error($"there is no action '{name.Text()}'");
    }

    /// <summary>Gets the id of the action that an optional field of the links names; null ends the run.</summary>
    internal string? Link(DefinitionNode action, string field)
    {
        var links = action.Optional("links");
        if (links.IsMissing)
        {
            return null;
        }

        var next = links.Optional(field);
        return next.IsMissing ? null : Resolve(next);
    }

    private void Add(DefinitionNode name, string id, string other)
    {
        if (!name.IsMissing && name.Name() != other && !_ids.TryAdd(name.Name(), id))
        {
            throw name.Error($"'{name.Text()}' is used twice");
        }
    }
}
