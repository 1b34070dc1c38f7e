using System.Reflection;
using Klaviyo.Tests.House;

namespace Klaviyo.Tests.Faults;

/// <summary>
/// The seeded bugs of <c>eng/seeded-bugs</c> are applied by a script, seldom. That each still names a file and tests that
/// exist, and stands in CONTRIBUTING, is seen here, always.
/// </summary>
public sealed class SeededBugsTests
{
    private static readonly HashSet<string> Classes = [.. Assembly.GetExecutingAssembly().GetTypes().Select(t => t.Name)];

    private static IEnumerable<string> Patches() =>
        Directory.GetFiles(Path.Combine(Repository.Root, "eng", "seeded-bugs"), "*.patch").Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Patches))]
    public void Patch_NamesAFileAndTestsThatExist(string patch)
    {
        var lines = File.ReadAllLines(patch);
        var file = lines.First(l => l.StartsWith("+++ b/", StringComparison.Ordinal))["+++ b/".Length..];
        var tests = lines.First(l => l.StartsWith("Tests: ", StringComparison.Ordinal))["Tests: ".Length..]
            .Split('|')
            .Select(t => t.Split('~')[1].Trim('.').Split('.')[0]);
        var bug = lines.First(l => l.StartsWith("Bug: ", StringComparison.Ordinal))["Bug: ".Length..].TrimEnd('.');

        Assert.That(File.Exists(Path.Combine(Repository.Root, file)), Is.True, file);
        Assert.That(tests, Is.SubsetOf(Classes));
        Assert.That(File.ReadAllText(Path.Combine(Repository.Root, "CONTRIBUTING.md")), Does.Contain(bug));
    }
}
