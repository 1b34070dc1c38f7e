namespace Klaviyo.Tests.Flows.Definitions;

// "Edit of a live flow makes a new version; runs under way stay on theirs … with the report of where each lands."
public sealed class FlowEditTests
{
    [Test]
    public void Comparison_TellsWhatIsAddedRemovedChangedAndLeadsElsewhere()
    {
        var old = Some.Flow("f", new MetricTrigger("A"), Some.Delay("wait", "split", 1),
            Some.Split("split", Some.PropertyIs("p", "x"), "mail", "gone"), Some.Email("mail"), Some.Email("gone"));
        var edited = Some.Flow("f", new MetricTrigger("A"), Some.Delay("wait", "split", 2),
            Some.Split("split", Some.PropertyIs("p", "x"), "mail", "new"), Some.Email("mail"), Some.Email("new"));
        var comparison = FlowComparison.Of(old, edited);
        Assert.That((comparison.Added, comparison.Removed, comparison.Changed, comparison.Relinked), Is.EqualTo(
            ((ValueList<string>)["new"], (ValueList<string>)["gone"], (ValueList<string>)["wait"], (ValueList<string>)["split"])));
        Assert.That(comparison.EntryChanged, Is.False);
        Assert.That(FlowComparison.Of(old, old).IsEmpty);
        Assert.That(FlowComparison.Of(old, old with { Reentry = ReentryCriteria.Never }).EntryChanged);
    }

    [Test]
    public async Task Report_SaysWhoWaitsWhere_AndChangesNothing()
    {
        await using var world = await FlowWorld.OpenAsync();
        var first = Some.Flow("f", new MetricTrigger("A"), Some.Delay("one", "two", 1), Some.Delay("two", "mail", 5), Some.Email("mail"));
        await world.Platform.DefineFlowAsync(first);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.TrackAsync("email:bob@example.com", "A");
        await world.AdvanceAsync(TimeSpan.FromDays(2));
        await world.Platform.TrackAsync("email:eve@example.com", "A");
        await world.Platform.RunDueAsync();
        var edited = Some.Flow("f", new MetricTrigger("A"), Some.Delay("one", "mail", 2), Some.Email("mail"));
        var report = world.Platform.ReportFlowEdit(edited);
        Assert.That(report.Landings, Is.EqualTo(new[] { new RunLanding(1, "one", 1, "one", true), new RunLanding(1, "two", 2, null, true) { Outcome = LandingOutcome.Stays } }));
        Assert.That(report.Stranded, Is.EqualTo(2));
        Assert.That(report.Comparison.Removed, Is.EqualTo(["two"]));
        Assert.That(world.Platform.Flows[0].Version, Is.EqualTo(1));
        Assert.That(() => world.Platform.ReportFlowEdit(edited with { Name = "other" }), Throws.ArgumentException);

        // Whoever is under way stays on the version that it entered with.
        await world.Platform.DefineFlowAsync(edited);
        await world.AdvanceAsync(TimeSpan.FromDays(4));
        Assert.That(world.Offered.Count(m => m.Step == "mail"), Is.EqualTo(2));
    }
}
