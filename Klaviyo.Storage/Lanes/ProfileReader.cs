using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Lanes;

/// <summary>Reads a profile whole: for people, templates and export.</summary>
internal static class ProfileReader
{
    /// <summary>Gets the identifiers of a profile and of all that was merged into it, the strongest kinds first.</summary>
    internal static IReadOnlyList<Identifier> Identifiers(Profile root) =>
        [.. root.Tree.SelectMany(p => p.Identifiers).OrderBy(i => i.Kind.Strength)];

    /// <summary>Gets the identifier of a kind that was given first.</summary>
    internal static string? IdentifierOf(Profile root, IdentifierKind kind)
    {
        foreach (var part in root.Tree)
        {
            foreach (var identifier in part.Identifiers)
            {
                if (identifier.Kind == kind)
                {
                    return identifier.Value;
                }
            }
        }

        return null;
    }

    /// <summary>Gets all properties at an instant, by name.</summary>
    internal static PropertyMap Properties(LaneHistory history, Instant at)
    {
        var map = new PropertyMap();
        foreach (var name in history.PropertyNames().Order(StringComparer.Ordinal))
        {
            var value = history.Property(name, at);
            if (!value.IsNull)
            {
                map[name] = value;
            }
        }

        return map;
    }
}
