using System.Reflection;
using System.Text.RegularExpressions;

namespace Klaviyo.Tests.House;

// The table of CONTRIBUTING that says which test meets which case and demand names every one of them, and tests that exist.
public sealed class CaseTableTests
{
    [Test]
    public void Table_NamesEveryCaseAndDemand_AndTestsThatExist()
    {
        var rows = File.ReadAllLines(Path.Combine(Repository.Root, "CONTRIBUTING.md")).Where(l => Regex.IsMatch(l, @"^\| (C|F)?\d* ?[^|]*\|.*\b[CF]\d+")).ToList();
        var text = string.Join('\n', rows);
        var named = Regex.Matches(text, @"\b[CF]\d+\b").Select(m => m.Value).ToHashSet();
        Assert.That(Enumerable.Range(1, 28).Select(i => $"C{i}").Concat(Enumerable.Range(1, 19).Select(i => $"F{i}")), Is.SubsetOf(named));
        var classes = Assembly.GetExecutingAssembly().GetTypes().Select(t => t.Name.Split('`')[0]).ToHashSet();
        Assert.That(Regex.Matches(text, "`([A-Za-z0-9_]+)`").Select(m => m.Groups[1].Value).Distinct(), Is.SubsetOf(classes));
    }
}
