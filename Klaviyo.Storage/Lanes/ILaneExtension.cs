using Klaviyo.Storage.Erasing;
using Klaviyo.Storage.Images;

namespace Klaviyo.Storage.Lanes;

/// <summary>State of one lane that a library above derives from the log, such as flow runs.</summary>
/// <remarks>
/// All calls come under the lane's gate, in log order. The state is a fold: what <see cref="Applied"/> changes, it first
/// appends through the writer, and <see cref="Replay"/> of the same record must lead to the same state. No decision is
/// made during replay.
/// </remarks>
internal interface ILaneExtension
{
    /// <summary>Tells of a fact that was just applied. Live only, never during replay.</summary>
    void Applied(in AppliedFact fact, ILaneScope lane);

    /// <summary>Tells that a profile was related to an object or no longer is, or that an object of its was written to. Live only.</summary>
    /// <remarks>Of what is written to objects only after <see cref="Store.OpenObjects"/>.</remarks>
    void ObjectsChanged(int ordinal, Instant at, ILaneScope lane);

    /// <summary>Tells that a profile entered a segment or left it. Live only, never during replay.</summary>
    void SegmentChanged(string segment, int ordinal, bool entered, Instant at, SegmentChangeCause cause, ILaneScope lane);

    /// <summary>Applies a record that this extension appended in an earlier life.</summary>
    void Replay(ReadOnlySpan<byte> record, ILaneScope lane);

    /// <summary>Tells that <paramref name="source"/> was merged into <paramref name="destination"/>, live and in replay.</summary>
    void Merged(int source, int destination, ILaneScope lane);

    /// <summary>Tells that a profile has another history: one was merged into it, or split from it, or it from another. Live only.</summary>
    /// <remarks>In the lane in which the profile answers; of one that was merged into another, that other is told.</remarks>
    void HistoryChanged(int ordinal, ILaneScope lane);

    /// <summary>Tells that a profile was erased, live and in replay: nothing of it may be left in the state.</summary>
    void Erased(int ordinal, ILaneScope lane);

    /// <summary>Makes what takes erased profiles out of the records that this extension appended.</summary>
    /// <param name="owners">Which profiles of the lane were erased.</param>
    IRecordBlanker CreateBlanker(ErasedOwners owners);

    /// <summary>Begins images that together are the whole state as it is now.</summary>
    /// <param name="isKept">
    /// Whether they stay right while the state goes on changing. If not, nothing changes before they are read, and they are the same
    /// for the same state.
    /// </param>
    IReadOnlyList<PagedImage> BeginImage(bool isKept);

    /// <summary>Reads a part of an image of <see cref="BeginImage"/>; into an empty state, one part after the other.</summary>
    void Load(ReadOnlySpan<byte> part);
}

/// <summary>Makes the extension of each lane, before anything is replayed.</summary>
internal interface IStoreExtension
{
    /// <summary>Makes the extension of one lane.</summary>
    ILaneExtension CreateLane(int lane);

    /// <summary>Takes a definition that was stored, live and in replay: under every gate, before any lane sees it used.</summary>
    /// <param name="kind">What is defined: <c>flow</c>; the store keeps <c>segment</c> to itself.</param>
    /// <param name="name">Its name.</param>
    /// <param name="definition">Its text.</param>
    /// <param name="at">When it was stored.</param>
    void Defined(string kind, string name, string definition, Instant at);

    /// <summary>Gets the names of what was defined here and asks for a segment. Under every gate.</summary>
    IEnumerable<string> AskersOf(string segment);
}

/// <summary>What an extension may do with its lane, while the gate is held.</summary>
internal interface ILaneScope
{
    /// <summary>Gets which lane.</summary>
    int Lane { get; }

    /// <summary>Gets the store's clock, in whole milliseconds.</summary>
    Instant Now { get; }

    /// <summary>Gets whether anyone waits at the gate: who works in slices leaves it then.</summary>
    bool IsWaitedFor { get; }

    /// <summary>Lets the thread of a commit that is under way go first, where both share a core.</summary>
    /// <remarks>
    /// For who works for milliseconds on end, every few microseconds. A commit sleeps several times, at each write, and a kernel
    /// that preempts only at its tick lets whoever computes go on for milliseconds each time.
    /// </remarks>
    void GiveWay();

    /// <summary>Gets the account's zone.</summary>
    AccountZone Zone { get; }

    /// <summary>Gets the history of a profile (of the one it was merged into). Valid until the next call.</summary>
    ProfileHistory History(int ordinal);

    /// <summary>Gets the first instant after another for which anything was written of a profile; null for none.</summary>
    /// <remarks>After <see cref="Store.OpenObjects"/> what was written of the objects that it was ever related to counts as well.</remarks>
    Instant? NextWrite(int ordinal, Instant after);

    /// <summary>Gets the definition of a segment; null where there is none of that name.</summary>
    SegmentDefinition? Segment(string name);

    /// <summary>Gets the public id of a profile.</summary>
    ProfileId IdOf(int ordinal);

    /// <summary>Gets an identifier of a profile, own or from what was merged into it; null where it has none of the kind.</summary>
    string? IdentifierOf(int ordinal, IdentifierKind kind);

    /// <summary>Gets all properties of a profile at an instant, identifiers among them: for templates.</summary>
    PropertyMap PropertiesOf(int ordinal, Instant at);

    /// <summary>Gets the properties of an account or custom object at an instant; null where there is none.</summary>
    /// <remarks>Only after <see cref="Store.OpenObjects"/>. Histories that were got before are no longer valid.</remarks>
    PropertyMap? ObjectOf(string type, string key, Instant at);

    /// <summary>Reads an event back.</summary>
    StoredEvent ReadEvent(EventId id);

    /// <summary>Gets how long a record of the extension can be.</summary>
    int RecordBytesMax { get; }

    /// <summary>Appends a record of the extension. The extension then applies it itself.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is longer than <see cref="RecordBytesMax"/>.</exception>
    void Append(ReadOnlySpan<byte> record);

    /// <summary>Tells why a write would be refused from a host; null where it would not.</summary>
    /// <remarks><see cref="Write"/> does not look: who writes what others made asks before.</remarks>
    Rejection? Refusal(CustomerWrite write);

    /// <summary>Writes properties, an event, a list membership or a consent to a profile of this lane.</summary>
    /// <remarks>
    /// Inside <see cref="Store.Run"/> it takes effect at once. Inside <see cref="ILaneExtension.Applied"/> it waits until that
    /// call has returned.
    /// </remarks>
    void Write(int ordinal, CustomerWrite write);
}
