using Klaviyo.Json;

namespace Klaviyo.Tests.Storage.Database;

// A definition that is refused is not in the log, for the next opening would refuse it too.
public sealed class BadDefinitionTests
{
    private static readonly Condition Leaf =
        new ProfilePropertyCondition(new PropertyPath("a"), new StringFilter(StringOperator.EqualTo, "x"));

    [TestCaseSource(nameof(Bad))]
    public async Task Define_OfWhatItsTextDoesNotSay_ChangesNothing(Condition condition)
    {
        await using var store = await DatabaseFixture.OpenAsync();
        Assert.That(
            async () => await store.Database.DefineSegmentAsync("s", new SegmentDefinition(condition)),
            Throws.InstanceOf<DefinitionException>());
        await StandsAsync(store);
    }

    // The text of an instant in a list is read back as a text: another segment would be kept than the one that was given.
    [TestCaseSource(nameof(Changed))]
    public async Task Define_OfWhatIsReadBackAsAnother_NamesThePlace(Condition condition, string path)
    {
        await using var store = await DatabaseFixture.OpenAsync();
        Assert.That(
            async () => await store.Database.DefineSegmentAsync("s", new SegmentDefinition(condition)),
            Throws.InstanceOf<DefinitionException>().With.Property(nameof(DefinitionException.Path)).EqualTo(path)
                .And.Message.Contains("is read back as another condition"));
        await StandsAsync(store);
    }

    [Test]
    public async Task Define_UnderANameThatIsNoText_ChangesNothing()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        Assert.That(
            async () => await store.Database.DefineSegmentAsync("s\ud83d", new SegmentDefinition(Leaf)),
            Throws.InstanceOf<DefinitionException>());
        await StandsAsync(store);
    }

    [Test]
    public async Task Define_LargerThanAPageOfTheLog_ChangesNothing()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        Assert.That(
            async () => await store.Database.DefineSegmentAsync(new string('s', 70_000), new SegmentDefinition(Leaf)),
            Throws.InstanceOf<DefinitionException>());
        await StandsAsync(store);
    }

    [Test]
    public void Parse_OfHalfACharacter_SaysWhere()
    {
        var json = """{"condition_groups":[{"conditions":[{"type":"profile-group-membership","is_member":true,"group_ids":["\ud83d"]}]}]}""";
        Assert.That(() => SegmentJson.Parse(json), Throws.InstanceOf<DefinitionException>().With.Message.Contains("group_ids[0]"));
    }

    private static async Task StandsAsync(DatabaseFixture store)
    {
        await store.Database.TrackAsync("email:a@b.c", "m");
        Assert.That(store.Database.Segments, Is.Empty);
        Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
        await store.CrashAsync();
        Assert.That(store.Database.Segments, Is.Empty);
        Assert.That(store.Count("email:a@b.c", "m"), Is.EqualTo(1));
    }

    private static IEnumerable<TestCaseData> Changed()
    {
        var dated = new ProfilePropertyCondition(new PropertyPath("a"), new ListFilter(ListOperator.Contains, DatabaseFixture.Start));
        var unheard = new RelatedObjectsCondition { ObjectType = "account", Amount = new NumberFilter(NumberOperator.EqualTo, 2) };
        yield return new TestCaseData(dated, "$").SetArgDisplayNames("alone");
        yield return new TestCaseData(Leaf & (Leaf | !dated), "$.and[1].or[1].not").SetArgDisplayNames("inside");
        yield return new TestCaseData(new GroupsCondition([new OrCondition([Leaf]), new OrCondition([Leaf, unheard])]), "$.condition_groups[1].conditions[1]")
            .SetArgDisplayNames("in groups");
    }

    private static IEnumerable<TestCaseData> Bad()
    {
        yield return Of(new RunVariableCondition(new PropertyPath("a"), new ExistenceFilter(true)), "a variable of a run");
        yield return Of(new ActionOutputCondition(1, new PropertyPath("a"), new ExistenceFilter(true)), "an output of a flow");
        yield return Of(new NotInFlowCondition(new AlltimeDateFilter()), "not in flow");
        yield return Of(new GroupMembershipCondition(true, (ValueList<string>)["g"], new FlowStartDateFilter()), "since the flow began");
        yield return Of(new ForeignCondition("x", "{\"type\":\"x\"}"), "a condition of others");

        static TestCaseData Of(Condition condition, string what) => new TestCaseData(condition).SetArgDisplayNames(what);
    }
}
