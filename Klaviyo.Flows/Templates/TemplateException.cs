using System.Globalization;

namespace Klaviyo.Flows.Templates;

/// <summary>Why a text cannot be made. Thrown while a template runs, and answered where it was started.</summary>
/// <param name="message">Why, in words that follow the place.</param>
internal sealed class TemplateException(string message) : Exception(message)
{
    /// <summary>Shows a value in a message, shortened.</summary>
    internal static string Show(TemplateValue value)
    {
        const int LengthMax = 40;
        return value.Kind switch
        {
            TemplateValueKind.Text => $"'{(value.Count > LengthMax ? value.AsText[..LengthMax] + "…" : value.AsText)}'",
            TemplateValueKind.Nil => "nothing",
            TemplateValueKind.List => "a list",
            TemplateValueKind.Object => "an object",
            TemplateValueKind.Integer => $"{value.AsInteger}",
            TemplateValueKind.Float => value.AsFloat.ToString("R", CultureInfo.InvariantCulture),
            _ => value.Kind.ToString(),
        };
    }
}
