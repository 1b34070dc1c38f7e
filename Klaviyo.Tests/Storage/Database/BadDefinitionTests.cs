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

    private static IEnumerable<TestCaseData> Bad()
    {
        yield return Of(new GroupMembershipCondition(true), "no groups");
        yield return Of(Nested(70), "nested too deep");
        yield return Of(new RunVariableCondition(new PropertyPath("a"), new ExistenceFilter(true)), "a variable of a run");
        yield return Of(new ActionOutputCondition(1, new PropertyPath("a"), new ExistenceFilter(true)), "an output of a flow");
        yield return Of(new NotInFlowCondition(new AlltimeDateFilter()), "not in flow");
        yield return Of(new GroupMembershipCondition(true, (ValueList<string>)["g"], new FlowStartDateFilter()), "since the flow began");
        yield return Of(new ForeignCondition("x", "{\"type\":\"x\"}"), "a condition of others");

        static TestCaseData Of(Condition condition, string what) => new TestCaseData(condition).SetArgDisplayNames(what);
    }

    private static Condition Nested(int depth)
    {
        var condition = Leaf;
        for (var i = 0; i < depth; i++)
        {
            condition = new NotCondition(condition);
        }

        return condition;
    }
}
