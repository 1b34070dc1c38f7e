using Spectre.Console;

namespace QuickStart.Chapters;

/// <summary>How a chapter looks.</summary>
internal static class Chapter
{
    internal static void Begin(string title)
    {
        AnsiConsole.WriteLine();
        AnsiConsole.Write(new Rule($"[bold]{Markup.Escape(title)}[/]").LeftJustified().RuleStyle("grey"));
    }

    internal static string Ms(TimeSpan time) => $"{time.TotalMilliseconds:N0} ms";
}
