using System.Globalization;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>An enrolment from history as the store keeps it until it is done.</summary>
/// <remarks><c>{"at": "2026-03-02T09:00:00Z", "days": 30, "entry": "now"}</c>.</remarks>
internal static class BackPopulationJson
{
    private static readonly string[] Entries = ["now", "event"];

    internal static string Write(Instant at, BackPopulation population) => string.Create(
        CultureInfo.InvariantCulture, $$"""{"at":"{{at}}","days":{{population.Days}},"entry":"{{Entries[(int)population.Entry]}}"}""");

    internal static (Instant At, BackPopulation BackPopulation) Read(string text)
    {
        using var document = DefinitionText.Parse(text);
        var node = new DefinitionNode(document.RootElement, "$", inFlow: true);
        node.Allow("at", "days", "entry");
        return (node.Required("at").Instant(), new BackPopulation
        {
            Days = node.Required("days").Integer(1, BackPopulation.DaysMax),
            Entry = (BackPopulationEntry)WordJson.IndexIn(Entries, node.Required("entry"), "when runs enter"),
        });
    }
}
