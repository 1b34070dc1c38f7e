namespace Klaviyo.Flows.Templates;

/// <summary>A text that is a template, and the names of places in it.</summary>
/// <param name="Name">The name of a template that others include; empty for the message itself.</param>
/// <param name="Text">The text.</param>
internal sealed record TemplateSource(string Name, string Text)
{
    /// <summary>Gets line and column of a place, both from 1.</summary>
    internal (int Line, int Column) Place(int offset)
    {
        var before = Text.AsSpan(0, Math.Min(offset, Text.Length));
        return (before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'));
    }

    /// <summary>Says where a place is.</summary>
    internal string Describe(int offset)
    {
        var (line, column) = Place(offset);
        return Name.Length == 0 ? $"template, line {line}, column {column}" : $"template '{Name}', line {line}, column {column}";
    }
}
