using System.CommandLine;
using System.Globalization;

namespace Klaviyo.Samples.Commands;

/// <summary>Long lists come in pages: how many rows, and where to go on.</summary>
internal static class Limit
{
    internal static Option<int?> Option() => Flag.Parsed<int?>("--limit", "N", "Print at most so many.", Read);

    internal static Option<string> Cursor() =>
        Flag.Text("--cursor", "CURSOR", "Go on where an earlier answer ended: its \"next\".");

    /// <summary>Prints where the next page begins, if there is one.</summary>
    internal static void PrintNext(Call call, string? next)
    {
        if (next is not null)
        {
            call.Print.One(writer => writer.WriteString("next", next));
        }
    }

    private static int? Read(string text)
    {
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
            ? limit
            : throw new FormatException($"'{text}' is not a number from 1.");
    }
}
