using Klaviyo.Storage.Lanes;

namespace Klaviyo;

public partial class CustomerDatabase
{
    /// <summary>Gets the values that a property had, one after the other.</summary>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <param name="name">The plain name of the property, without path syntax.</param>
    /// <param name="asOf">The evaluation instant T; null for now.</param>
    /// <returns>
    /// An entry for each instant up to T at which the value changed, by time; <see cref="PropertyValue.Null"/> where it was
    /// cleared. Between two entries the property has the value of the first. Empty where it never had one.
    /// </returns>
    /// <remarks>
    /// An identifier holds from the beginning of its profile. After a merge the history is the one that readers saw: the
    /// destination's own values first, in the gaps those of the source that was merged first, then those of the second.
    /// </remarks>
    public IReadOnlyList<PropertyWrite> PropertyHistory(Identifier profile, string name, Instant? asOf = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Store.Read(
            profile, (name, At: At(asOf)), static (history, ask) => FactHistories.Property(history, ask.name, ask.At)) ?? [];
    }

    /// <summary>Gets everything that a profile said about a channel.</summary>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <param name="channel">The channel, e.g. <c>email</c>.</param>
    /// <param name="asOf">The evaluation instant T; null for now.</param>
    /// <returns>By time, then arrival, up to T; suppressions among them. Empty where nothing was ever said.</returns>
    public IReadOnlyList<Consent> ConsentHistory(Identifier profile, string channel, Instant? asOf = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(channel);
        return Store.Read(
            profile, (channel, At: At(asOf)), static (history, ask) => history.Consents(ask.channel, ask.At)) ?? [];
    }

    /// <summary>Gets when a profile was put on a list and taken off.</summary>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <param name="list">The name of the list.</param>
    /// <param name="asOf">The evaluation instant T; null for now.</param>
    /// <returns>Every write, by time, then arrival, up to T. Empty where there was none.</returns>
    public IReadOnlyList<ListChange> ListHistory(Identifier profile, string list, Instant? asOf = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(list);
        return Store.Read(
            profile, (list, At: At(asOf)), static (history, ask) => history.ListChanges(ask.list, ask.At)) ?? [];
    }
}
