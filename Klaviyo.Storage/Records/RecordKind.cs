namespace Klaviyo.Storage.Records;

/// <summary>The kinds of record in a lane's log. A number, once used, keeps its meaning for ever.</summary>
internal enum RecordKind : byte
{
    /// <summary>A name gets the next code: <see cref="NameRecord"/>.</summary>
    Name = 1,

    /// <summary>A profile is created or gets more identifiers: <see cref="IdentifiersRecord"/>.</summary>
    Identifiers = 2,

    /// <summary>An event: <see cref="EventRecord"/>.</summary>
    Event = 3,

    /// <summary>Properties of a profile: <see cref="PropertiesRecord"/>.</summary>
    Properties = 4,

    /// <summary>A consent: <see cref="ConsentRecord"/>.</summary>
    Consent = 5,

    /// <summary>A list membership: <see cref="ListRecord"/>.</summary>
    List = 6,

    /// <summary>A profile is merged into another: <see cref="MergeRecord"/>.</summary>
    Merge = 7,

    /// <summary>A segment or flow is defined: <see cref="DefinitionRecord"/>. Only in lane 0.</summary>
    Definition = 8,

    /// <summary>A record of what is derived above the store.</summary>
    Extension = 9,

    /// <summary>A profile is erased: <see cref="EraseRecord"/>. Stands in the log of the profile's lane.</summary>
    Erase = 16,

    /// <summary>What is left of a record of an erased profile: zeros.</summary>
    Erased = 17,

    /// <summary>Fills a page up, so that nothing of it is ever written again: zeros.</summary>
    Filler = 18,

    /// <summary>A merge is undone: a <see cref="MergeRecord"/> again. Stands where the merge stands.</summary>
    Split = 19,

    /// <summary>A profile and an object belong together or no longer: <see cref="RelationRecord"/>, one in each lane.</summary>
    Relation = 20,

    /// <summary>Profiles entered or left segments: <see cref="MembershipRecord"/>.</summary>
    Membership = 21,

    /// <summary>The clock's time when what follows was accepted: <see cref="ClockRecord"/>.</summary>
    Clock = 22,

    /// <summary>All before it is one cut: <see cref="Log.CommitMarks"/>. Tells nothing else.</summary>
    Commit = Log.CommitMarks.Kind,
}
