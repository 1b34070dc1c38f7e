namespace QuickStart;

/// <summary>The definitions that stand beside the program.</summary>
internal static class Definition
{
    internal static string Read(string name) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "definitions", name));
}
