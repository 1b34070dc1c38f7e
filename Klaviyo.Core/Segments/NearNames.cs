namespace Klaviyo;

// Finds the known name that somebody may have meant who wrote another: of another case, or a few letters apart.
internal static class NearNames
{
    private const int LettersPerError = 4;

    internal static string? Nearest(string name, IEnumerable<string> known)
    {
        var (nearest, least) = ((string?)null, Math.Max(1, name.Length / LettersPerError) + 1);
        foreach (var candidate in known)
        {
            var apart = string.Equals(candidate, name, StringComparison.OrdinalIgnoreCase) ? 0 : Apart(name, candidate, least);
            if (apart < least)
            {
                (nearest, least) = (candidate, apart);
            }
        }

        return nearest;
    }

    // Letters that are added, left out, replaced, or exchanged with their neighbour (optimal string alignment), case apart. As soon
    // as it is known to be so many as not to matter, that many.
    private static int Apart(string left, string right, int max)
    {
        if (Math.Abs(left.Length - right.Length) >= max)
        {
            return max;
        }

        var (before, last, row) = (new int[right.Length + 1], new int[right.Length + 1], new int[right.Length + 1]);
        for (var j = 0; j <= right.Length; j++)
        {
            last[j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var differ = Same(left[i - 1], right[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + differ);
                if (i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]))
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            (before, last, row) = (last, row, before);
        }

        return Math.Min(max, last[right.Length]);
    }

    private static bool Same(char left, char right) => char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}
