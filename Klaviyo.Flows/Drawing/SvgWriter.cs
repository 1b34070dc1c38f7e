using System.Globalization;
using System.Text;

namespace Klaviyo.Flows.Drawing;

/// <summary>Writes a chart as SVG.</summary>
/// <remarks>The letters are all of one width, so that a text is as wide here as where it is shown.</remarks>
internal static class SvgWriter
{
    private const int LetterWidth = 8;
    private const int LineHeight = 17;
    private const int Padding = 10;
    private const int ColumnsMax = 34;
    private const int LinesMax = 5;
    private const string Font = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";

    internal static string Write(FlowChart chart, string title)
    {
        var boxes = chart.Boxes.Select((box, i) => Lines(chart, box, i)).ToList();
        var labels = chart.Ways.Select(way => way.From == way.To ? [] : Wrapped(way.Label)).ToList();
        var layout = ChartLayout.Of(
            chart, [.. boxes.Select(l => Size(l, Padding))], [.. labels.Select(l => l.Count == 0 ? default : Size(l, 2))]);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{layout.Width}\" height=\"{layout.Height}\" ");
        svg.Append(CultureInfo.InvariantCulture, $"viewBox=\"0 0 {layout.Width} {layout.Height}\" font-family=\"{Font}\" font-size=\"13\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<title>{Escape(title)}</title>\n");
        svg.Append("<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">");
        svg.Append("<path d=\"M0 0L8 4L0 8z\" fill=\"#556\"/></marker></defs>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{layout.Width}\" height=\"{layout.Height}\" fill=\"#fff\"/>\n");
        for (var i = 0; i < layout.Routes.Count; i++)
        {
            AppendWay(svg, layout.Routes[i], chart.Ways[i]);
        }

        for (var i = 0; i < layout.Routes.Count; i++)
        {
            if (layout.Routes[i].Label is { } label)
            {
                AppendTexts(svg, label, labels[i], "label", "fill=\"#fff\"", 2);
            }
        }

        for (var i = 0; i < boxes.Count; i++)
        {
            AppendTexts(svg, layout.Boxes[i], boxes[i], "box", Look(chart.Boxes[i].Shape), Padding);
        }

        return svg.Append("</svg>\n").ToString();
    }

    // A way back to its own box is told in it.
    private static List<string> Lines(FlowChart chart, ChartBox box, int index)
    {
        var own = chart.Ways.Where(w => w.From == index && w.To == index).Select(w => $"to itself {w.Label}".TrimEnd());
        return [.. box.Lines.Concat(own).SelectMany(Wrapped)];
    }

    private static string Look(BoxShape shape)
    {
        return shape switch
        {
            BoxShape.Trigger => "fill=\"#e7f5e9\" stroke=\"#2e7d32\" rx=\"14\"",
            BoxShape.Action => "fill=\"#e8f0fe\" stroke=\"#1a56b0\" rx=\"3\"",
            BoxShape.Wait => "fill=\"#fff8e1\" stroke=\"#a06800\" rx=\"14\"",
            BoxShape.Split => "fill=\"#f3e8fd\" stroke=\"#6a1b9a\" rx=\"3\"",
            _ => "fill=\"#eee\" stroke=\"#666\" rx=\"14\"",
        };
    }

    private static void AppendWay(StringBuilder svg, ChartLayout.Route route, ChartWay way)
    {
        if (route.Places.Count == 0)
        {
            return;
        }

        var points = new List<string>();
        for (var i = 0; i < route.Places.Count; i++)
        {
            var (place, isFirst, isLast) = (route.Places[i], i == 0, i == route.Places.Count - 1);
            points.Add(Invariant($"{place.X} {(isFirst ? place.Top + place.Height : place.Top)}"));
            if (!isLast && place.LayerBottom > place.Top + (isFirst ? place.Height : 0))
            {
                points.Add(Invariant($"{place.X} {place.LayerBottom}"));
            }
        }

        if (route.IsUpwards)
        {
            points.Reverse();
        }

        var dash = way.IsJump ? " stroke-dasharray=\"4 3\"" : "";
        svg.Append(CultureInfo.InvariantCulture, $"<path class=\"way\" d=\"M{string.Join('L', points)}\" fill=\"none\" stroke=\"#556\"{dash} marker-end=\"url(#arrow)\"/>\n");
    }

    private static void AppendTexts(
        StringBuilder svg, ChartLayout.Place place, List<string> lines, string kind, string look, int padding)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<g class=\"{kind}\"><rect x=\"{place.Left}\" y=\"{place.Top}\" width=\"{place.Width}\" height=\"{place.Height}\" {look}/>\n");
        for (var i = 0; i < lines.Count; i++)
        {
            var y = place.Top + padding + (i * LineHeight) + LineHeight - 4;
            var weight = i == 0 && kind == "box" ? " font-weight=\"bold\"" : "";
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{place.X}\" y=\"{y}\" text-anchor=\"middle\"{weight}>{Escape(lines[i])}</text>\n");
        }

        svg.Append("</g>\n");
    }

    private static (int Width, int Height) Size(List<string> lines, int padding) =>
        ((lines.Max(Columns) * LetterWidth) + (2 * padding), (lines.Count * LineHeight) + (2 * padding));

    // Asian letters and emoji take two columns; what takes none is counted too, which does no harm.
    private static int Columns(string text) => text.EnumerateRunes().Sum(r => r.Value >= 0x1100 ? 2 : 1);

    private static List<string> Wrapped(string text)
    {
        var lines = new List<string>();
        var line = new StringBuilder();
        foreach (var word in text.Split([' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries).SelectMany(Pieces))
        {
            if (line.Length > 0 && Columns(line.ToString()) + 1 + Columns(word) > ColumnsMax)
            {
                lines.Add(line.ToString());
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        if (line.Length > 0)
        {
            lines.Add(line.ToString());
        }

        return lines.Count <= LinesMax ? lines : [.. lines.Take(LinesMax - 1), "…"];
    }

    private static IEnumerable<string> Pieces(string word)
    {
        var piece = new StringBuilder();
        var columns = 0;
        foreach (var rune in word.EnumerateRunes())
        {
            var text = rune.ToString();
            if (columns + Columns(text) > ColumnsMax)
            {
                yield return piece.ToString();
                piece.Clear();
                columns = 0;
            }

            piece.Append(text);
            columns += Columns(text);
        }

        yield return piece.ToString();
    }

    // XML has no way to say most control characters.
    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            escaped.Append(rune.Value switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                < 0x20 or 0xFFFE or 0xFFFF => " ",
                _ => rune.ToString(),
            });
        }

        return escaped.ToString();
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
