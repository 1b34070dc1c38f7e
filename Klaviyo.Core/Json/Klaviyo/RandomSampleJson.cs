using System.Text.Json;

namespace Klaviyo.Json;

internal static class RandomSampleJson
{
    internal static RandomSampleCondition Parse(DefinitionNode node)
    {
        node.Allow("type", "percentage", "salt");
        var percentage = node.Required("percentage");
        var salt = node.Optional("salt");
        return percentage.Number() is >= 0 and <= 100
            ? new RandomSampleCondition(percentage.Number(), salt.IsMissing ? "" : salt.Text())
            : throw percentage.Expected("a number from 0 to 100");
    }

    internal static void Write(Utf8JsonWriter writer, RandomSampleCondition condition)
    {
        writer.WriteString("type", "profile-sample");
        writer.WriteNumber("percentage", condition.Percentage);
        if (condition.Salt.Length > 0)
        {
            writer.WriteString("salt", condition.Salt);
        }
    }
}
