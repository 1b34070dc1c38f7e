using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Names of properties that are taken as a whole, because they are written or watched, from and to JSON.</summary>
internal static class PropertyNameJson
{
    /// <summary>Reads a plain name: <c>city</c>, <c>company.name</c>, <c>properties['Favorite Color']</c>.</summary>
    internal static string Read(DefinitionNode node)
    {
        if (new PropertyPath(node.Name()).Whole is { } name)
        {
            return name;
        }

        node.Refuse($"'{node.Text()}' is a way into a property; here one is taken as a whole, by its plain name");
        return node.Text();
    }

    /// <summary>Gets the text that reads back to a name.</summary>
    internal static string TextOf(string name)
    {
        if (new PropertyPath(name).Whole == name)
        {
            return name;
        }

        var quote = name.Contains("']", StringComparison.Ordinal) ? '"' : '\'';
        return $"properties[{quote}{name}{quote}]";
    }
}
