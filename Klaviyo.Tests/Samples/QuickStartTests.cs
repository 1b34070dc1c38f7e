using QuickStart;

namespace Klaviyo.Tests.Samples;

[NonParallelizable] // The tour prints to the console.
public sealed class QuickStartTests
{
    private StringWriter _printed = new();
    private TextWriter _console = TextWriter.Null;
    private string _folder = "";

    [SetUp]
    public void CatchConsole()
    {
        _folder = Directory.CreateTempSubdirectory("klaviyo-quickstart-").FullName;
        _printed = new StringWriter();
        _console = Console.Out;
        Console.SetOut(_printed);
        Spectre.Console.AnsiConsole.Console = Spectre.Console.AnsiConsole.Create(
            new Spectre.Console.AnsiConsoleSettings { Out = new Spectre.Console.AnsiConsoleOutput(_printed) });
    }

    [TearDown]
    public void ReleaseConsole()
    {
        Console.SetOut(_console);
        Directory.Delete(_folder, recursive: true);
        _printed.Dispose();
    }

    [Test]
    public async Task TenLines_DoWhatTheReadmeSays()
    {
        await TenLines.RunAsync(Path.Combine(_folder, "shop"));
        Assert.That(_printed.ToString(), Does.Contain("Ada spent $1250; big spenders: ada@example.com"));
        Assert.That(_printed.ToString(), Does.Contain("email to ada@example.com: Thank you, Ada!"));
    }

    [Test]
    public async Task ShopTour_TwiceInOneFolder_ImportsOnce()
    {
        var options = new TourOptions(_folder, Fresh: false, Csv: null, Events: 20_000);
        await ShopTour.RunAsync(options);
        var first = _printed.ToString();
        await ShopTour.RunAsync(options);
        var second = _printed.ToString()[first.Length..];
        Assert.That(first, Does.Contain("A new store:").And.Contain("All durable after"));
        Assert.That(second, Does.Contain("Found 20,000 events").And.Not.Contain("All durable after"));
        Assert.That(second, Does.Contain("email to ada@example.com: Ada, your Burr Grinder is still here"));
        Assert.That(second, Does.Contain("sms to +12125550123"));
        Assert.That(second, Does.Not.Contain("cleo@example.com").And.Not.Contain("dan@example.com"));
    }
}
