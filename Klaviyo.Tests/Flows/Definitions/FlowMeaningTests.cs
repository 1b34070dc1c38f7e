using Klaviyo.Json;
using Klaviyo.Testing;

namespace Klaviyo.Tests.Flows.Definitions;

// What a definition says is what happens.
public sealed class FlowMeaningTests
{
    private const string Ada = "email:ada@example.com";
    private const string Mail = """{"temporary_id":"m","type":"send-email","data":{"message":{"subject_line":"S","body":"B"MORE},"status":"live"}}""";
    private const string EventIsOne = """{"type":"metric-property","metric_id":"A","field":"x","filter":{"type":"string","operator":"equals","value":"1"}}""";

    // A plain name is the name, with its dots.
    [TestCase("company.name", "company.name")]
    [TestCase("properties['Favorite.Color']", "Favorite.Color")]
    [TestCase("properties.city", "city")]
    [TestCase("city", "city")]
    public async Task UpdateProfile_WritesThePropertyThatIsNamed(string key, string property)
    {
        await using var test = await FlowTest.OpenAsync(Flow("""{"type":"metric","id":"A"}""", """
            {"temporary_id":"m","type":"update-profile","data":{"profile_operations":[{"operator":"update","property_type":"string","property_key":"KEY","property_value":"Berlin"}],"status":"live"}}
            """.Replace("KEY", key, StringComparison.Ordinal)));
        await test.IdentifyAsync([Ada], new PropertyMap { ["company"] = "Acme" });
        await test.TrackAsync(Ada, "A");
        var properties = test.Platform.Profile(Ada)!.Properties;
        Assert.That((properties[property], properties["company"]), Is.EqualTo(((PropertyValue)"Berlin", (PropertyValue)"Acme")));
    }

    // The names of a definition that is made in C# are plain, and come back.
    [TestCase("location['city']")]
    [TestCase("items[0]")]
    [TestCase("properties.x")]
    [TestCase("company.name")]
    public void UpdateProfile_MadeInCode_ReadsBackEqual(string property)
    {
        var made = Some.Flow("f", new PropertyChangedTrigger(property), Some.Set("m", null, property, "x"));
        Assert.That(FlowJson.Parse(FlowJson.Write(made), "f"), Is.EqualTo(made));
    }

    [Test]
    public async Task PropertyChanged_OfANameWithADot_FiresForIt()
    {
        await using var test = await FlowTest.OpenAsync(Flow(
            """{"type":"property-changed","property":"company.name","to":{"type":"string","operator":"equals","value":"Acme"}}""", Message("")));
        await test.IdentifyAsync([Ada], new PropertyMap { ["company.name"] = "Acme" });
        Assert.That(test.Sent, Has.Count.EqualTo(1));
    }

    // "Conditions are those of segments, and in flows also metric-property": everywhere.
    [TestCase("1", 1)]
    [TestCase("2", 0)]
    public async Task MetricProperty_InTheProfileFilter_AsksTheEvent(string x, int sent)
    {
        await using var test = await FlowTest.OpenAsync(Flow(
            """{"type":"metric","id":"A"}""", Message(""), ",\"profile_filter\":" + EventIsOne));
        await test.TrackAsync(Ada, "A", properties: new PropertyMap { ["x"] = x });
        Assert.That(test.Sent, Has.Count.EqualTo(sent), test.ToString());
        if (sent > 0)
        {
            var trace = (await test.Platform.TraceRunsAsync(Ada)).Single();
            Assert.That(trace.Entries.SelectMany(e => e.Conditions).Where(c => c.Role == "profile filter").Select(c => c.Why.Holds), Is.Not.Empty.And.All.True);
        }
    }

    [TestCase("1", 1)]
    [TestCase("2", 0)]
    public async Task MetricProperty_InAdditionalFilters_AsksTheEvent(string x, int sent)
    {
        await using var test = await FlowTest.OpenAsync(Flow(
            """{"type":"metric","id":"A"}""", Message(",\"additional_filters\":" + EventIsOne)));
        await test.TrackAsync(Ada, "A", properties: new PropertyMap { ["x"] = x });
        Assert.That(test.Sent, Has.Count.EqualTo(sent), test.ToString());
        Assert.That((await test.Platform.TraceRunsAsync(Ada)).Single().Entries.SelectMany(e => e.Conditions)
            .Single(c => c.Role == "message filter").Why.Holds, Is.EqualTo(sent > 0));
    }

    // Each split goes by what the function before it put out, also where the clock stands still between two calls.
    [TestCase(0.1, 0.9, 1, 0)]
    [TestCase(0.9, 0.1, 0, 0)]
    [TestCase(0.1, 0.9, 1, 1)]
    [TestCase(0.9, 0.1, 0, 1)]
    public async Task ActionOutput_OfTheLastCall_Decides(double first, double second, int sent, int minutes)
    {
        await using var test = await FlowTest.OpenAsync(Flow("""{"type":"metric","id":"A"}""", """
            {"temporary_id":"c1","type":"code","links":{"next":"s1"},"data":{"function":"one","status":"live"}},
            {"temporary_id":"s1","type":"action-output-split","links":{"next_if_true":"c2","next_if_false":"c2"},"data":{"action_output_filter":SCORE}},
            {"temporary_id":"c2","type":"code","links":{"next":"s2"},"data":{"function":"two","status":"live"}},
            {"temporary_id":"s2","type":"action-output-split","links":{"next_if_true":"m","next_if_false":null},"data":{"action_output_filter":SCORE}},
            """.Replace("SCORE", """{"type":"action-output","output_config_id":1,"field":"score","filter":{"type":"numeric","operator":"greater-than","value":0.5}}""", StringComparison.Ordinal) + Message(""), entry: "c1"));
        await test.TrackAsync(Ada, "A");
        await test.AdvanceAsync(TimeSpan.FromMinutes(minutes));
        await test.TrackAsync(Ada, ActionOutputSplitStep.Metric, properties: new PropertyMap { ["score"] = first });
        Assert.That(test.Platform.Runs("f").Single().Step, Is.EqualTo("s2"), test.ToString());
        await test.RestartAsync();
        await test.AdvanceAsync(TimeSpan.FromMinutes(minutes));
        await test.TrackAsync(Ada, ActionOutputSplitStep.Metric, properties: new PropertyMap { ["score"] = second });
        Assert.That(test.Sent.Count(m => m.Channel == "email"), Is.EqualTo(sent), test.ToString());
        Assert.That(test.Platform.Runs("f"), Is.Empty);
        if (minutes > 0)
        {
            Assert.That((await test.Platform.TraceRunsAsync(Ada)).Single().Entries.SelectMany(e => e.Conditions)
                .Where(c => c.Role == "split").Select(c => c.Why.Value), Is.EqualTo((PropertyValue[])[first, second]));
        }
    }

    // What both lack is not the same.
    [TestCase("7", "7", 1)]
    [TestCase("7", "8", 0)]
    [TestCase(null, null, 0)]
    [TestCase("7", null, 0)]
    public async Task WaitUntil_TheSame_IsAValueThatBothHave(string? started, string? happened, int sent)
    {
        await using var test = await FlowTest.OpenAsync(Flow("""{"type":"metric","id":"A"}""", """
            {"temporary_id":"w","type":"wait-until","data":{"branches":[{"branch_id":"a","metric_id":"X","same":"cart_id","links":{"next":"m"}}],"timeout":{"unit":"days","value":2}}},
            """ + Message(""), entry: "w"));
        await test.TrackAsync(Ada, "A", properties: Cart(started));
        await test.AdvanceAsync(TimeSpan.FromHours(1));
        await test.TrackAsync(Ada, "X", properties: Cart(happened));
        Assert.That(test.Sent, Has.Count.EqualTo(sent));

        static PropertyMap Cart(string? id) => id is null ? [] : new PropertyMap { ["cart_id"] = id };
    }

    // No event started the run: nothing is the same as none.
    [Test]
    public async Task WaitUntil_TheSame_WhereAListStartedTheRun_NeverHappens()
    {
        await using var test = await FlowTest.OpenAsync(Flow("""{"type":"metric","id":"A"},{"type":"list","id":"L"}""", """
            {"temporary_id":"w","type":"wait-until","data":{"branches":[{"branch_id":"a","metric_id":"X","same":"cart_id","links":{"next":"m"}}],"timeout":{"unit":"days","value":2}}},
            """ + Message(""), entry: "w"));
        await test.Platform.WriteAsync(new ListWrite { Profile = [Ada], List = "L" });
        await test.AdvanceAsync(TimeSpan.FromHours(1));
        await test.TrackAsync(Ada, "X", properties: new PropertyMap { ["cart_id"] = "7" });
        Assert.That((test.Sent.Count, test.Platform.Runs("f").Count()), Is.EqualTo((0, 1)));
    }

    [Test]
    public async Task Options_OfAMessage_AreTemplatesToo()
    {
        await using var test = await FlowTest.OpenAsync(Flow("""{"type":"metric","id":"A"}""", """
            {"temporary_id":"p","type":"send-mobile-push","links":{"next":"m"},"data":{"message":{"body":"x","web_url":"https://x/{{ person.first_name }}","name":"{{ kept }}",
            "kv_pairs":{"who":"{{ person.first_name }}","n":1,"all":["{{ event.x }}"]},"action_buttons":[{"label":"{{ event.x }}","action_type":"dismiss"}]},"status":"live"}},
            """ + Message(",\"preview_text\":\"Hi {{ person.first_name }}\",\"from_label\":\"{{ event.x }}\",\"name\":\"{{ kept }}\""), entry: "p"));
        await test.IdentifyAsync([Ada, "push_token:t"], new PropertyMap { ["first_name"] = "Ada" });
        await test.TrackAsync(Ada, "A", properties: new PropertyMap { ["x"] = "Shop" });
        var (push, mail) = (test.Sent.Single(m => m.Channel == "push").Options, test.Sent.Single(m => m.Channel == "email").Options);
        Assert.That(mail, Is.EqualTo(new PropertyMap { ["preview_text"] = "Hi Ada", ["from_label"] = "Shop", ["name"] = "{{ kept }}" }));
        Assert.That(push["web_url"], Is.EqualTo((PropertyValue)"https://x/Ada"));
        Assert.That(push["name"], Is.EqualTo((PropertyValue)"{{ kept }}"));
        Assert.That(push["kv_pairs"].AsObject(), Is.EqualTo(new PropertyMap { ["who"] = "Ada", ["n"] = 1, ["all"] = (PropertyValue[])["Shop"] }));
        Assert.That(push["action_buttons"].AsList()[0].AsObject()["label"], Is.EqualTo((PropertyValue)"Shop"));
    }

    [Test]
    public async Task Options_WhoseTemplateFails_SkipTheMessage()
    {
        await using var test = await FlowTest.OpenAsync(Flow(
            """{"type":"metric","id":"A"}""", Message(",\"preview_text\":\"{{ 1 | divided_by: event.x }}\"")));
        await test.TrackAsync(Ada, "A", properties: new PropertyMap { ["x"] = 0 });
        Assert.That(test.Skipped.Select(s => s.Reason), Is.EqualTo(["template-error"]));
    }

    // Klaviyo requires of a message of an experiment its type and nothing else. One without an id goes by its place.
    [Test]
    public async Task Experiment_OfMessagesWithoutIds_SendsThem_AndIsWrittenAsItWas()
    {
        const string Test = """
            {"temporary_id":"t","type":"ab-test","data":{"status":"live","experiment_status":"live","main_action":{"type":"send-sms","data":{"message":{"body":"main"}}},
            "current_experiment":{"name":"G","variations":[{"type":"send-sms","data":{"message":{"body":"one"}}},{"id":null,"type":"send-sms","data":{"message":{"body":"two"}}},{"temporary_id":"c","type":"send-sms","data":{"message":{"body":"three"}}}]}}}
            """;
        var flow = Flow("""{"type":"metric","id":"A"}""", Test, entry: "t");
        var step = (ExperimentStep)flow.Steps[0];
        var written = FlowJson.Write(flow with { Steps = [step with { Status = StepStatus.Draft }] });
        Assert.That(written, Does.Contain(@"""main_action"":{""type"":""send-sms""").And.Contain(@"""variations"":[{""type"":""send-sms"""));
        Assert.That(((ExperimentStep)FlowJson.Parse(written, "f").Steps[0]) with { Status = StepStatus.Live }, Is.EqualTo(step));

        await using var test = await FlowTest.OpenAsync(flow);
        for (var i = 0; i < 30; i++)
        {
            var person = $"phone_number:+121255501{i:00}";
            await test.IdentifyAsync([person], null, "sms");
            await test.TrackAsync(person, "A");
        }

        Assert.That(test.Sent.Select(m => (m.Step, m.Body)).Distinct(), Is.EquivalentTo(new[] { ("t/1", "one"), ("t/2", "two"), ("t/c", "three") }));
    }

    // An experiment's messages are steps of their own: a run on one is moved like any other.
    [TestCase("t/b")]
    [TestCase("t")]
    public async Task Migration_OfARunOnAVariation_NamesIt(string step)
    {
        string Test(string variation) => """
            {"temporary_id":"t","type":"ab-test","data":{"status":"live","experiment_status":"live","main_action":{"temporary_id":"mm","type":"send-sms","data":{"message":{"body":"Hello"}}},
            "current_experiment":{"name":"G","variations":[{"temporary_id":"VAR","type":"send-sms","data":{"message":{"body":"Hello"}}}]}}}
            """.Replace("VAR", variation, StringComparison.Ordinal);
        var (one, two) = (Flow("""{"type":"metric","id":"A"}""", Test("b"), entry: "t"), Flow("""{"type":"metric","id":"A"}""", Test("a"), entry: "t"));
        var quiet = new SendPolicy { QuietHours = [new QuietHours("sms", new TimeOnly(8, 0), new TimeOnly(20, 0))] };
        await using var test = await FlowTest.OpenAsync(new FlowTestOptions { Platform = new CustomerPlatformOptions { Sending = quiet } }, one);
        await test.IdentifyAsync(["phone_number:+12125550123"], null, "sms");
        await test.TrackAsync("phone_number:+12125550123", "A");
        Assert.That(test.Platform.Runs("f").Single().Step, Is.EqualTo("t/b"));
        await test.DefineAsync(two);
        var landings = await test.Platform.MigrateRunsAsync("f", new FlowMigration { Steps = [new StepMigration(step, null)] });
        Assert.That(landings.Single().Outcome, Is.EqualTo(step == "t/b" ? LandingOutcome.Ends : LandingOutcome.Stays));
        Assert.That(
            () => test.Platform.ReportFlowEdit(two, new FlowMigration { Steps = [new StepMigration("t/nobody", null)] }),
            Throws.ArgumentException.With.Message.Contains("No version of the flow 'f' has a step 't/nobody'"));
    }

    // What stands around the definition is not stored with it: it is looked at all the same.
    [TestCase("\"status\":\"draft\"", "$.data.attributes.status")]
    [TestCase("\"archived\":true", "$.data.attributes.archived")]
    public async Task AFlow_ThatIsSaidToBeNoLiveOne_IsNeitherDefinedNorSimulated(string said, string path)
    {
        await using var test = await FlowTest.OpenAsync();
        var draft = FlowJson.Parse(
            """{"data":{"type":"flow","attributes":{"name":"f",SAID,"definition":DEFINITION}}}"""
                .Replace("SAID", said, StringComparison.Ordinal)
                .Replace("DEFINITION", FlowJson.Write(Flow("""{"type":"metric","id":"A"}""", Message(""))), StringComparison.Ordinal));
        Assert.That(async () => await test.DefineAsync(draft), Throws.TypeOf<DefinitionException>().With.Property("Path").EqualTo(path));
        Assert.That(
            async () => await test.Platform.SimulateFlowAsync(draft, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch).AnyAsync(),
            Throws.TypeOf<DefinitionException>().With.Property("Path").EqualTo(path));
        Assert.That(test.Platform.Flows, Is.Empty);
    }

    private static string Message(string more) => Mail.Replace("MORE", more, StringComparison.Ordinal);

    private static FlowDefinition Flow(string triggers, string actions, string more = "", string entry = "m") =>
        FlowJson.Parse($$"""{"triggers":[{{triggers}}],"actions":[{{actions}}],"entry_action_id":"{{entry}}"{{more}}}""", "f");
}
