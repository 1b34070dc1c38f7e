namespace Klaviyo.Storage.Index;

/// <summary>The kinds of fact that a profile is made of. A number, once used, keeps its meaning for ever.</summary>
internal enum FactKind : byte
{
    /// <summary>An identifier: the name is its kind, the body its value in UTF-8.</summary>
    Identifier = 1,

    /// <summary>A property was given a value: the body is the value in MessagePack.</summary>
    Property = 2,

    /// <summary>A list membership: the body is one byte, 1 for put on, 0 for taken off.</summary>
    List = 3,

    /// <summary>A consent: the name is the channel, the body one byte of status, then the method in UTF-8.</summary>
    Consent = 4,

    /// <summary>A relation: the body is the other side's id, 8 bytes, and one byte, 1 for begun, 0 for ended.</summary>
    Relation = 20,
}
