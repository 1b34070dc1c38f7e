namespace Klaviyo.Tests.House;

// A page of docs, of which each block is run by a test.
internal sealed class DocPage(string name)
{
    internal string Text { get; } = File.ReadAllText(Path.Combine(Repository.Root, "docs", name));

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

    internal void AssertCSharpStandsIn(Type test)
    {
        var here = Unindented(File.ReadAllLines(Path.Combine(Repository.Root, "Klaviyo.Tests", "House", $"{test.Name}.cs")));
        foreach (var code in Blocks("csharp"))
        {
            Assert.That(here, Does.Contain(Unindented(code.Split('\n'))));
        }
    }

    private static string Unindented(IEnumerable<string> lines) => string.Join('\n', lines.Select(l => l.Trim()));
}
