using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Samples;

/// <summary>Options whose text is read by a function; what it throws is wrong usage.</summary>
internal static class Parsed
{
    internal static Option<T> Option<T>(string name, string valueName, string description, Func<string, T> parse)
    {
        return new Option<T>(name)
        {
            Description = description, HelpName = valueName, CustomParser = result => Parse(result, name, parse),
        };
    }

    /// <summary>Makes an option that takes a JSON object of properties.</summary>
    internal static Option<PropertyMap?> Properties(string name, string description)
    {
        return Option<PropertyMap?>(name, "JSON", description, text =>
        {
            using var document = JsonDocument.Parse(text);
            return PropertyJson.ToMap(document.RootElement);
        });
    }

    private static T? Parse<T>(ArgumentResult result, string name, Func<string, T> parse)
    {
        try
        {
            return parse(result.Tokens[0].Value);
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException or JsonException or OverflowException)
        {
            result.AddError($"{name}: {FailureText.Of(wrong)}");
            return default;
        }
    }
}
