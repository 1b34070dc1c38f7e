namespace Klaviyo;

/// <summary>A segment was not removed, because others ask for it.</summary>
/// <remarks>Change or remove those first; a flow may also be archived.</remarks>
public sealed class SegmentInUseException : Exception
{
    /// <summary>Initializes the exception with who asks for the segment.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="segments">The segments that ask for it.</param>
    /// <param name="flows">The flows that name it.</param>
    public SegmentInUseException(string segment, IReadOnlyList<string> segments, IReadOnlyList<string> flows)
        : base($"The segment '{segment}' is in use: {string.Join(", ", segments.Select(s => $"the segment '{s}' asks for it").Concat(flows.Select(f => $"the flow '{f}' names it")))}.")
    {
        (Segment, Segments, Flows) = (segment, segments, flows);
    }

    /// <summary>Gets the segment.</summary>
    public string Segment { get; }

    /// <summary>Gets the segments that ask for it, directly or not.</summary>
    public IReadOnlyList<string> Segments { get; }

    /// <summary>Gets the flows that name it: those that are live, and those that have runs under way on a version that does.</summary>
    public IReadOnlyList<string> Flows { get; }
}
