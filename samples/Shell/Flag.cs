using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Samples;

/// <summary>Makes options. What their text cannot mean is wrong usage.</summary>
internal static class Flag
{
    internal static Option<string> Text(string name, string valueName, string description) =>
        new(name) { Description = description, HelpName = valueName };

    internal static Option<Instant?> Instant(string name, string description) =>
        Parsed<Instant?>(name, "T", description, text => Klaviyo.Instant.Parse(text));

    /// <summary>Makes an option that takes a number, whatever the culture: with a point, without groups of digits.</summary>
    internal static Option<double?> Number(string name, string description) => Parsed<double?>(name, "N", description, ReadNumber);

    /// <summary>Makes an option that takes a JSON object of properties.</summary>
    internal static Option<PropertyMap?> Properties(string name, string description)
    {
        return Parsed<PropertyMap?>(name, "JSON", description, text =>
        {
            using var document = JsonDocument.Parse(text);
            return PropertyJson.ToMap(document.RootElement);
        });
    }

    /// <summary>Makes an option whose text is read by a function.</summary>
    internal static Option<T> Parsed<T>(string name, string valueName, string description, Func<string, T> parse)
    {
        return new Option<T>(name)
        {
            Description = description,
            HelpName = valueName,
            CustomParser = result => Parse(result, name, parse),
        };
    }

    private static double? ReadNumber(string text)
    {
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw new FormatException($"'{text}' is not a number such as 12.5.");
    }

    private static T? Parse<T>(ArgumentResult result, string name, Func<string, T> parse)
    {
        var text = result.Tokens[0].Value;
        try
        {
            return parse(text);
        }
        catch (OverflowException)
        {
            result.AddError($"{name}: '{text}' is too large.");
            return default;
        }
        catch (Exception wrong)
            when (wrong is FormatException or ArgumentException or InvalidOperationException or JsonException or DefinitionException)
        {
            result.AddError($"{name}: {FailureText.Of(wrong)}");
            return default;
        }
    }
}
