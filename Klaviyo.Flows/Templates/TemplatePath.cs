namespace Klaviyo.Flows.Templates;

/// <summary>What a path begins with.</summary>
internal enum TemplateRoot
{
    /// <summary>The profile.</summary>
    Person,

    /// <summary>The event that started the run.</summary>
    Event,
}

/// <summary>One move along a path: a name of an object, or an index of a list.</summary>
/// <param name="Name">The name; null for an index.</param>
/// <param name="Index">The index, from 0.</param>
internal readonly record struct TemplatePathPart(string? Name, int Index);

/// <summary>Where a value is, e.g. <c>event.Items[0].Name</c>.</summary>
/// <param name="Root">What it begins with.</param>
/// <param name="Parts">The moves from there, at least one.</param>
internal sealed record TemplatePath(TemplateRoot Root, IReadOnlyList<TemplatePathPart> Parts)
{
    /// <summary>Finds the value; where the path leads nowhere, there is none.</summary>
    internal PropertyValue Find(in TemplateData data)
    {
        PropertyValue value = Root == TemplateRoot.Person ? data.Person : data.Event;
        foreach (var part in Parts)
        {
            value = Move(value, part);
        }

        return value;
    }

    private static PropertyValue Move(PropertyValue value, TemplatePathPart part)
    {
        return value.Kind switch
        {
            PropertyKind.Object when part.Name is not null => value.AsObject()[part.Name],
            PropertyKind.List when part.Name is null && part.Index < value.AsList().Count => value.AsList()[part.Index],
            _ => PropertyValue.Null,
        };
    }
}
