namespace Klaviyo.Storage.Import;

/// <summary>The fields of a line of an export; null where they do not stand.</summary>
internal struct NdjsonLine
{
    internal string? Type;
    internal string? Profile;
    internal string? Source;
    internal string? Name;
    internal string? Channel;
    internal string? Status;
    internal string? Method;
    internal string? List;
    internal string? Metric;
    internal string? UniqueId;
    internal string? Definition;
    internal string? Object;
    internal bool Flag;
    internal double? Value;
    internal Instant? Time;
    internal Instant? Received;
    internal PropertyMap? Properties;
    internal List<Identifier>? Identifiers;
}
