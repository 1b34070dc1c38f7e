using Klaviyo.Json;
using Klaviyo.Testing;

namespace Klaviyo.Tests.Flows;

// A condition inside of a flow knows the postal codes of the store, also after it was opened again, and when it is simulated.
public sealed class PostalCodesInFlowsTests
{
    private const string Near = """
        {"name":"near","definition":{"triggers":[{"type":"metric","id":"Signed Up"}],
          "profile_filter":{"type":"profile-postal-code-distance","country_code":"US","postal_code":"02110","unit":"miles",
            "filter":{"type":"numeric","operator":"less-than","value":50}},
          "actions":[{"temporary_id":"hello","type":"send-email","links":{"next":null},"data":{"message":{"subject_line":"Hello","body":"<p>Hello</p>"},"status":"live"}}],
          "entry_action_id":"hello"}}
        """;

    private static readonly DefinitionEnvironment Codes = new()
    {
        PostalCodes = PostalCodeTable.FromGeoNames(
        [
            "US\t02110\tBoston\t\t\t\t\t\t\t42.36\t-71.05\t4",
            "US\t02139\tCambridge\t\t\t\t\t\t\t42.36\t-71.10\t4",
            "US\t10001\tNew York\t\t\t\t\t\t\t40.75\t-73.997\t4",
        ]),
    };

    [Test]
    public async Task Distance_IsThatOfTheStoresPostalCodes()
    {
        var flow = FlowJson.Parse(Near);
        var options = new FlowTestOptions { Platform = new CustomerPlatformOptions { Environment = Codes } };
        await using var test = await FlowTest.OpenAsync(options, flow);
        await SignUpAsync(test, "ada", "02139");
        await SignUpAsync(test, "bob", "10001");
        await test.RestartAsync();
        await SignUpAsync(test, "cleo", "02139");
        await test.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.That(test.Sent.Select(m => m.To), Is.EqualTo(new[] { "ada@example.com", "cleo@example.com" }), test.ToString());
        var simulated = await test.Platform.SimulateFlowAsync(flow, test.Now.Plus(TimeSpan.FromDays(-1)), test.Now)
            .Where(d => d.Kind == DecisionKind.Send).CountAsync();
        Assert.That(simulated, Is.EqualTo(2));
    }

    private static async Task SignUpAsync(FlowTest test, string name, string zip)
    {
        var location = new PropertyMap { ["country"] = "US", ["zip"] = zip };
        await test.IdentifyAsync([$"email:{name}@example.com"], new() { ["location"] = location });
        await test.TrackAsync($"email:{name}@example.com", "Signed Up");
    }
}
