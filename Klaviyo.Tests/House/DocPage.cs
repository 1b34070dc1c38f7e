namespace Klaviyo.Tests.House;

// A page of documentation, of which each block is run by a test.
internal sealed class DocPage(string path)
{
    internal string Text { get; } = File.ReadAllText(Path.Combine(Repository.Root, path));

    // What stands behind the fence, and the lines up to the next one.
    internal IEnumerable<(string Language, string Text)> Blocks()
    {
        var lines = Text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                var end = Array.IndexOf(lines, "```", i + 1);
                yield return (lines[i][3..], string.Join('\n', lines[(i + 1)..end]));
                i = end;
            }
        }
    }

    internal IEnumerable<string> Blocks(string language) => Blocks().Where(b => b.Language == language).Select(b => b.Text);

    /// <summary>Runs the C# of the page, see <see cref="DocProgram"/>.</summary>
    internal Task<string> RunCSharpAsync(string questions = "") => DocProgram.RunAsync(Blocks("csharp"), questions);
}
