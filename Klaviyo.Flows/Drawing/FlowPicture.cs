using Klaviyo.Flows.Drawing;

namespace Klaviyo;

/// <summary>Draws flows, with what they did where that is known: as Mermaid, and as SVG.</summary>
/// <remarks>The same flow and counts give the same bytes, on every machine. All that comes from a definition is escaped.</remarks>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
public static class FlowPicture
{
    /// <summary>Draws a flow as a Mermaid flowchart, for pages that render it.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="traffic">What it did so far, from <see cref="CustomerPlatform.CountTrafficAsync"/>; null for none.</param>
    /// <returns>Lines that end in a line feed.</returns>
    /// <exception cref="DefinitionException">The flow has no steps, or a link leads nowhere.</exception>
    public static string Mermaid(FlowDefinition flow, FlowTraffic? traffic = null)
    {
        ArgumentNullException.ThrowIfNull(flow);
        return MermaidWriter.Write(FlowChart.Of(flow, traffic));
    }

    /// <summary>Draws a flow as an SVG document that stands alone: top to bottom, in layers.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="traffic">What it did so far, from <see cref="CustomerPlatform.CountTrafficAsync"/>; null for none.</param>
    /// <returns>XML without a declaration.</returns>
    /// <remarks>Boxes and labels never overlap, and no line goes through one. A flow of 1000 steps takes some tens of milliseconds.</remarks>
    /// <exception cref="DefinitionException">The flow has no steps, or a link leads nowhere.</exception>
    public static string Svg(FlowDefinition flow, FlowTraffic? traffic = null)
    {
        ArgumentNullException.ThrowIfNull(flow);
        return SvgWriter.Write(FlowChart.Of(flow, traffic), flow.Name);
    }
}
