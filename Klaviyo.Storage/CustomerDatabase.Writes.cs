using Klaviyo.Storage.Lanes;

namespace Klaviyo;

public partial class CustomerDatabase
{
    /// <summary>Stores a write; completes when it is applied and durable.</summary>
    /// <param name="write">An event, properties, a consent or a list membership.</param>
    /// <param name="cancellationToken">
    /// Ends the waiting, never the write. If cancelled, the event may be stored; send it again with the same unique id.
    /// </param>
    /// <returns>What became of it. A duplicate and a refusal are results, not exceptions.</returns>
    /// <exception cref="StorePoisonedException">The disk has failed; close the store and open it again.</exception>
    public async ValueTask<WriteResult> WriteAsync(CustomerWrite write, CancellationToken cancellationToken = default)
    {
        var result = Store.Apply(write);
        if (result.Accepted)
        {
            await Store.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        return result;
    }

    /// <summary>Stores a batch; completes when it is applied and durable. After a crash all of it is there or nothing.</summary>
    /// <param name="writes">In order. One that is refused does not keep the others out.</param>
    /// <param name="cancellationToken">Ends the waiting, never the writes.</param>
    /// <returns>One result a write, in order; a rejection's line is the position in the batch, from 1.</returns>
    /// <exception cref="StorePoisonedException">The disk has failed; close the store and open it again.</exception>
    public async ValueTask<IReadOnlyList<WriteResult>> WriteAsync(
        IReadOnlyList<CustomerWrite> writes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(writes);
        var results = WriteResultPages.Apply(Store, writes);
        await Store.CommitAsync(cancellationToken).ConfigureAwait(false);
        return results;
    }

    /// <summary>Applies a write without waiting for the disk: every question sees it, a crash may lose it.</summary>
    /// <param name="write">An event, properties, a consent or a list membership.</param>
    /// <remarks>
    /// It becomes durable with the next <see cref="CommitAsync"/>, by whomever, or the closing. What is lost in a crash is
    /// always the end: never something in the middle.
    /// </remarks>
    /// <exception cref="StorePoisonedException">The disk has failed; close the store and open it again.</exception>
    public WriteResult Apply(CustomerWrite write) => Store.Apply(write);

    /// <summary>Stores an event.</summary>
    /// <param name="profile">Whose; a profile is created where there is none.</param>
    /// <param name="metric">What happened, e.g. <c>Placed Order</c>.</param>
    /// <param name="value">How much.</param>
    /// <param name="properties">Everything else.</param>
    /// <param name="time">When; null for now.</param>
    /// <param name="uniqueId">The sender's id: stored once per profile and metric, for ever.</param>
    /// <param name="cancellationToken">Ends the waiting, never the write.</param>
    /// <exception cref="StorePoisonedException">The disk has failed; close the store and open it again.</exception>
    public ValueTask<WriteResult> TrackAsync(
        Identifier profile,
        string metric,
        double? value = null,
        PropertyMap? properties = null,
        Instant? time = null,
        string? uniqueId = null,
        CancellationToken cancellationToken = default)
    {
        var sent = new CustomerEvent
        {
            Profile = [profile],
            Metric = metric,
            Value = value,
            Properties = properties ?? [],
            Time = time,
            UniqueId = uniqueId,
        };
        return WriteAsync(sent, cancellationToken);
    }

    /// <summary>Writes properties to a profile, and gives it identifiers.</summary>
    /// <param name="identifiers">All that is known of who it is; the strongest decides where they disagree.</param>
    /// <param name="properties">
    /// Values by name; null clears one. <c>external_id</c>, <c>email</c>, <c>phone_number</c> and <c>anonymous_id</c> are
    /// taken as identifiers too, where they are valid.
    /// </param>
    /// <param name="time">When it became true; null for now. A late write does not override a newer one.</param>
    /// <param name="cancellationToken">Ends the waiting, never the write.</param>
    /// <exception cref="StorePoisonedException">The disk has failed; close the store and open it again.</exception>
    public ValueTask<WriteResult> IdentifyAsync(
        IReadOnlyList<Identifier> identifiers,
        PropertyMap? properties = null,
        Instant? time = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(identifiers);
        var sent = new ProfileWrite
        {
            Profile = [.. identifiers, .. IdentifiersIn(properties ?? [])],
            Properties = properties ?? [],
            Time = time,
        };
        return WriteAsync(sent, cancellationToken);
    }

    private static IEnumerable<Identifier> IdentifiersIn(PropertyMap properties)
    {
        IdentifierKind[] kinds =
            [IdentifierKind.ExternalId, IdentifierKind.Email, IdentifierKind.PhoneNumber, IdentifierKind.AnonymousId];
        foreach (var kind in kinds)
        {
            if (properties[kind.Name] is { Kind: PropertyKind.String } text
                && Identifier.TryCreate(kind, text.AsString(), out var identifier, out _))
            {
                yield return identifier;
            }
        }
    }
}
