using Klaviyo.Storage.Lanes;

namespace Klaviyo;

// Accounts and custom objects are profiles of another type: what is said of properties, events, times and durability of
// profiles holds for them too. Walks over profiles do not see them.
public partial class CustomerDatabase
{
    /// <summary>Stores properties of an account or custom object, which is created where there is none.</summary>
    /// <param name="type">Its type, e.g. <c>account</c>.</param>
    /// <param name="key">Its id within the type.</param>
    /// <param name="properties">The properties; <see cref="PropertyValue.Null"/> clears one. Null for none.</param>
    /// <param name="time">From when they hold; null for now.</param>
    /// <param name="cancellationToken">Ends the waiting, never the write.</param>
    /// <remarks>
    /// The same as a <see cref="ProfileWrite"/> to <see cref="Identifier.Object"/>; events are written to it in that way too.
    /// </remarks>
    /// <exception cref="ArgumentException">The type or the key is not one.</exception>
    /// <exception cref="StorePoisonedException">The disk has failed; close the store and open it again.</exception>
    public ValueTask<WriteResult> WriteObjectAsync(
        string type,
        string key,
        PropertyMap? properties = null,
        Instant? time = null,
        CancellationToken cancellationToken = default)
    {
        var write = new ProfileWrite { Profile = [Identifier.Object(type, key)], Properties = properties ?? [], Time = time };
        return WriteAsync(write, cancellationToken);
    }

    /// <summary>Relates a profile to an account or custom object.</summary>
    /// <param name="profile">Any identifier of the profile, which is created where there is none.</param>
    /// <param name="type">The type of the object; it is created where there is none.</param>
    /// <param name="key">Its id within the type.</param>
    /// <param name="name">As what they belong together, e.g. <c>member</c>.</param>
    /// <param name="time">From when on; null for now.</param>
    /// <param name="cancellationToken">Ends the waiting, never the write.</param>
    /// <exception cref="ArgumentException">The type or the key is not one.</exception>
    /// <exception cref="StorePoisonedException">The disk has failed; close the store and open it again.</exception>
    public ValueTask<WriteResult> RelateAsync(
        Identifier profile,
        string type,
        string key,
        string name,
        Instant? time = null,
        CancellationToken cancellationToken = default)
    {
        var write = new RelationWrite { Profile = [profile], Object = Identifier.Object(type, key), Name = name, Time = time };
        return WriteAsync(write, cancellationToken);
    }

    /// <summary>Ends what <see cref="RelateAsync"/> began.</summary>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <param name="type">The type of the object.</param>
    /// <param name="key">Its id within the type.</param>
    /// <param name="name">As what they belonged together.</param>
    /// <param name="time">From when on they do not; null for now.</param>
    /// <param name="cancellationToken">Ends the waiting, never the write.</param>
    /// <exception cref="ArgumentException">The type or the key is not one.</exception>
    /// <exception cref="StorePoisonedException">The disk has failed; close the store and open it again.</exception>
    public ValueTask<WriteResult> UnrelateAsync(
        Identifier profile,
        string type,
        string key,
        string name,
        Instant? time = null,
        CancellationToken cancellationToken = default)
    {
        var write = new RelationWrite
        {
            Profile = [profile],
            Object = Identifier.Object(type, key),
            Name = name,
            Related = false,
            Time = time,
        };
        return WriteAsync(write, cancellationToken);
    }

    /// <summary>Reads an account or custom object whole.</summary>
    /// <param name="type">Its type, e.g. <c>account</c>.</param>
    /// <param name="key">Its id within the type.</param>
    /// <param name="asOf">The evaluation instant T; null for now.</param>
    /// <returns>Null where there is none, or was none yet at T.</returns>
    /// <exception cref="ArgumentException">The type or the key is not one.</exception>
    public CustomerObject? Object(string type, string key, Instant? asOf = null)
    {
        return Store.Read(
            Identifier.Object(type, key),
            (At: At(asOf), Store.State),
            static (history, ask) => ObjectReader.Object(history, ask.State, ask.At));
    }

    /// <summary>Gets the accounts or custom objects of a type that existed at an instant, ordered by id.</summary>
    /// <param name="type">The type, e.g. <c>account</c>.</param>
    /// <param name="asOf">The evaluation instant T; null for now.</param>
    /// <remarks>Enters the store anew for every few of them, so writers go on meanwhile.</remarks>
    /// <exception cref="ArgumentException">The type is not one.</exception>
    public IEnumerable<CustomerObject> Objects(string type, Instant? asOf = null)
    {
        var kind = IdentifierKind.Object(type);
        var at = At(asOf);
        return Store.ScanObjects(at, (history, _) => ProfileReader.IdentifierOf(Store.State, history.Root, kind) is not null)
            .Select(id => Store.ReadObject(id, at))
            .OfType<CustomerObject>();
    }

    /// <summary>Gets what a profile, an account or a custom object was related to at an instant.</summary>
    /// <param name="of">Any identifier of the one side.</param>
    /// <param name="name">As what; null for all.</param>
    /// <param name="asOf">The evaluation instant T; null for now.</param>
    /// <returns>By name, then since when, then the other's id; without those that had ended.</returns>
    public IReadOnlyList<Relation> Relations(Identifier of, string? name = null, Instant? asOf = null) =>
        [.. Store.Relations(of, name, At(asOf)).Where(r => r.Until is null)];

    /// <summary>Gets what a profile, an account or a custom object was ever related to, up to an instant.</summary>
    /// <param name="of">Any identifier of the one side.</param>
    /// <param name="name">As what; null for all.</param>
    /// <param name="asOf">The evaluation instant T; null for now.</param>
    /// <returns>By name, then since when, then the other's id; what ended and began again is there twice.</returns>
    public IReadOnlyList<Relation> RelationHistory(Identifier of, string? name = null, Instant? asOf = null) =>
        Store.Relations(of, name, At(asOf));
}
