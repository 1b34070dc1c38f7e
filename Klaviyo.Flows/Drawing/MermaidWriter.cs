using System.Globalization;
using System.Text;

namespace Klaviyo.Flows.Drawing;

/// <summary>Writes a chart as a Mermaid flowchart.</summary>
internal static class MermaidWriter
{
    internal static string Write(FlowChart chart)
    {
        var text = new StringBuilder("flowchart TD\n");
        for (var i = 0; i < chart.Boxes.Count; i++)
        {
            var box = chart.Boxes[i];
            var (open, close) = box.Shape switch
            {
                BoxShape.Trigger => ("([", "])"),
                BoxShape.Wait => ("(", ")"),
                BoxShape.Split => ("{{", "}}"),
                BoxShape.End => ("((", "))"),
                _ => ("[", "]"),
            };
            var label = string.Join("<br/>", box.Lines.Select(Escape));
            text.Append(CultureInfo.InvariantCulture, $"  n{i}{open}\"{label}\"{close}\n");
        }

        foreach (var way in chart.Ways)
        {
            var label = way.Label.Length == 0 ? "" : $"|\"{Escape(way.Label)}\"|";
            text.Append(CultureInfo.InvariantCulture, $"  n{way.From} {(way.IsJump ? "-.->" : "-->")}{label} n{way.To}\n");
        }

        return text.ToString();
    }

    // Mermaid's own escape: a number sign, the code point, a semicolon. What has a meaning to it, to Markdown or to HTML goes so.
    private static string Escape(string line)
    {
        var text = new StringBuilder();
        foreach (var rune in line.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || " .,:-+/%?!×·–…()=".Contains(rune.ToString(), StringComparison.Ordinal))
            {
                text.Append(rune.ToString());
            }
            else if (Rune.IsControl(rune))
            {
                text.Append(' ');
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"#{rune.Value};");
            }
        }

        return text.ToString();
    }
}
