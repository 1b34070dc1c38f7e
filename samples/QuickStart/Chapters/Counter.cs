using Spectre.Console;

namespace QuickStart.Chapters;

/// <summary>Shows how far something long is: a bar for a person, a line now and then in a file.</summary>
internal static class Counter
{
    private const int Lines = 5;

    /// <summary>Does the work; what it throws is thrown after the bar is gone.</summary>
    /// <param name="title">What is being done.</param>
    /// <param name="total">How much there is to do.</param>
    /// <param name="work">Calls back with how much is done.</param>
    internal static async Task RunAsync(string title, double total, Func<Action<double>, Task> work)
    {
        if (Console.IsOutputRedirected)
        {
            await work(LineByLine(title, total));
            return;
        }

        await AnsiConsole.Progress().AutoClear(true).StartAsync(async context =>
        {
            var bar = context.AddTask(title, maxValue: total);
            await work(done => bar.Value = done);
        });
    }

    private static Action<double> LineByLine(string title, double total)
    {
        var printed = 0;
        return done =>
        {
            var step = (int)(Lines * done / total);
            if (step > printed)
            {
                printed = step;
                Console.WriteLine($"{title}: {done / total:P0}");
            }
        };
    }
}
