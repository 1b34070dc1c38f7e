namespace Klaviyo.Bench.Compare;

/// <summary>The command <c>compare</c>.</summary>
internal static class CompareProgram
{
    /// <returns>0 when everything was measured, 1 when a subject answered wrongly, 2 when the command line is wrong.</returns>
    internal static async Task<int> RunAsync(string[] args)
    {
        CompareOptions options;
        try
        {
            options = CompareOptions.Parse(args);
        }
        catch (FormatException wrong)
        {
            await Console.Error.WriteLineAsync($"{wrong.Message}\n\n{CompareOptions.Usage}");
            return 2;
        }

        await using var run = new CompareRun(options);
        try
        {
            foreach (var work in WorkList.Of(options.Works))
            {
                await work.RunAsync(run);
            }
        }
        catch (WrongAnswerException wrong)
        {
            await Console.Error.WriteLineAsync($"STOPPED, nothing counts: {wrong.Message}");
            return 1;
        }

        RowTable.Print(run.Rows, Console.Out);
        if (options.Json is { } file)
        {
            await File.WriteAllTextAsync(file, RowJson.Lines(run.Rows));
        }

        if (options.Markdown is { } page)
        {
            await File.WriteAllTextAsync(page, RowMarkdown.Page(run));
        }

        return 0;
    }
}
