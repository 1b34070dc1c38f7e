using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>The fields of a message that the engine keeps for the channel, and what each holds.</summary>
/// <threadsafety>Immutable.</threadsafety>
internal sealed class KeptFields
{
    /// <summary>Gets those that hold a string.</summary>
    internal string[] Texts { get; init; } = [];

    /// <summary>Gets those that hold true or false.</summary>
    internal string[] Switches { get; init; } = [];

    /// <summary>Gets those that hold an array.</summary>
    internal string[] Lists { get; init; } = [];

    /// <summary>Gets those that hold an object.</summary>
    internal string[] Objects { get; init; } = [];

    /// <summary>Gets all names.</summary>
    internal IEnumerable<string> Names => [.. Texts, .. Switches, .. Lists, .. Objects];

    /// <summary>Reads the fields as they are.</summary>
    /// <exception cref="DefinitionException">One is of another type.</exception>
    internal PropertyMap Read(DefinitionNode message)
    {
        var options = new PropertyMap();
        foreach (var field in message.Element.EnumerateObject())
        {
            if (Names.Contains(field.Name))
            {
                options[field.Name] = Value(message.Optional(field.Name), field.Name);
            }
        }

        return options;
    }

    private PropertyValue Value(DefinitionNode node, string name)
    {
        if (node.IsMissing)
        {
            return PropertyValue.Null;
        }

        return name switch
        {
            _ when Texts.Contains(name) => node.Text(),
            _ when Switches.Contains(name) => node.Boolean(),
            _ when Lists.Contains(name) => node.Items().Count > 0 ? node.Value() : Array.Empty<PropertyValue>(),
            _ => node.Map(),
        };
    }
}
