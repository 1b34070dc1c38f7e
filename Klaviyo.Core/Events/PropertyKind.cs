namespace Klaviyo;

/// <summary>The kinds of value that a property can have.</summary>
public enum PropertyKind
{
    /// <summary>No value: the property is missing or was cleared.</summary>
    Null,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A double.</summary>
    Number,

    /// <summary>A string.</summary>
    String,

    /// <summary>An instant in UTC, whole milliseconds.</summary>
    Instant,

    /// <summary>A list of values.</summary>
    List,

    /// <summary>An object: names and values.</summary>
    Object,
}
