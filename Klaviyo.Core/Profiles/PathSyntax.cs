using System.Globalization;

namespace Klaviyo;

// Reads NAME ( '.' NAME | '[' NUMBER ']' | "['" TEXT "']" )*, with "$." or "properties" before it.
internal static class PathSyntax
{
    private const string Flat = "properties";

    internal static (string? Literal, PathStep[] Steps) Read(string text)
    {
        var steps = new List<PathStep>();
        var quoted = false;
        var position = text.Length > 1 && text[0] == '$' && text[1] is '.' or '[' ? 1 : 0;
        while (position < text.Length)
        {
            if (!TryStep(text, ref position, steps.Count == 0, out var step, ref quoted))
            {
                return (text, [new PathStep(text, 0)]);
            }

            steps.Add(step);
        }

        if (steps.Count > 1 && steps[0].Name == Flat && steps[1].Name is not null)
        {
            steps.RemoveAt(0);
        }

        if (steps[0].Name is null)
        {
            return (text, [new PathStep(text, 0)]);
        }

        return (Literal(text, steps, quoted), [.. steps]);
    }

    // A name without quotes may also be a plain name with dots in it; a prefix is no part of such a name.
    private static string? Literal(string text, List<PathStep> steps, bool quoted)
    {
        if (quoted)
        {
            return steps.Count == 1 ? steps[0].Name : null;
        }

        var rest = text.StartsWith("$.", StringComparison.Ordinal) ? text[2..] : text;
        return rest.StartsWith(Flat + ".", StringComparison.Ordinal) ? rest[(Flat.Length + 1)..] : rest;
    }

    private static bool TryStep(string text, ref int position, bool first, out PathStep step, ref bool quoted)
    {
        if (text[position] == '[')
        {
            return TryBracket(text, ref position, out step, ref quoted);
        }

        if (text[position] == '.')
        {
            position++;
        }
        else if (!first)
        {
            step = default;
            return false;
        }

        var end = text.AsSpan(position).IndexOfAny('.', '[');
        var name = end < 0 ? text[position..] : text.Substring(position, end);
        position += name.Length;
        step = new PathStep(name, 0);
        return name.Length > 0;
    }

    private static bool TryBracket(string text, ref int position, out PathStep step, ref bool quoted)
    {
        step = default;
        var start = position + 1;
        if (start < text.Length && text[start] is '\'' or '"')
        {
            var end = text.IndexOf($"{text[start]}]", start + 1, StringComparison.Ordinal);
            if (end <= start + 1)
            {
                return false;
            }

            step = new PathStep(text[(start + 1)..end], 0);
            position = end + 2;
            quoted = true;
            return true;
        }

        var close = text.IndexOf(']', start);
        if (close < 0 || !int.TryParse(text.AsSpan(start, close - start), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return false;
        }

        step = new PathStep(null, index);
        position = close + 1;
        return true;
    }
}
