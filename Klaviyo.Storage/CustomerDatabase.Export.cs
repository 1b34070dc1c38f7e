using Klaviyo.Storage.Export;

namespace Klaviyo;

public partial class CustomerDatabase
{
    /// <summary>Writes everything that is known of one profile, as one JSON document.</summary>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="cancellationToken">Ends the writing, and leaves a part of the document.</param>
    /// <returns><see langword="false"/>, and nothing written, where no profile has the identifier.</returns>
    /// <remarks>
    /// Identifiers; every value that was ever given to a property; all consents, list memberships and relations with their
    /// history; all events; and what was merged into it. Also what lies in the future. Events are read one by one.
    /// </remarks>
    /// <exception cref="IOException">The output cannot be written.</exception>
    /// <exception cref="StoreCorruptedException">An event is damaged.</exception>
    public Task<bool> ExportProfileAsync(
        Identifier profile, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        return new ProfileExport(Store, output).RunAsync(profile, cancellationToken);
    }

    /// <summary>Writes the whole store as lines of JSON, from which <see cref="NdjsonFormat"/> makes it again.</summary>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="cancellationToken">Ends the writing, and leaves a part of the lines.</param>
    /// <remarks>
    /// <para>An empty store that imports it gives the same answers, at every instant. Profiles keep their ids where the two
    /// stores have as many lanes and nothing was erased; events get new ones. Segments are in it, flows and their runs are
    /// not.</para>
    /// <para>Shows the store at the moment of the call; writers go on meanwhile. Takes memory for one profile at a time,
    /// and some bytes for each merge.</para>
    /// </remarks>
    /// <exception cref="IOException">The output cannot be written.</exception>
    /// <exception cref="StoreCorruptedException">An event is damaged.</exception>
    public Task<ExportResult> ExportAsync(Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        return new StoreExport(Store, output).RunAsync(cancellationToken);
    }

    /// <summary>Writes all events as a table in CSV.</summary>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="cancellationToken">Ends the writing, and leaves a part of the table.</param>
    /// <returns>What was written; the header is one of the lines.</returns>
    /// <remarks>
    /// <para>Columns: <c>profile</c>, <c>external_id</c>, <c>email</c>, <c>event</c>, <c>metric</c>, <c>time</c>,
    /// <c>received</c>, <c>value</c>, <c>unique_id</c>, <c>properties</c>; the last is a JSON object, empty where there are
    /// none. Quoted as RFC 4180 says.</para>
    /// <para>By profile, then arrival. Of the moment of the call, like <see cref="ExportAsync"/>.</para>
    /// </remarks>
    /// <exception cref="IOException">The output cannot be written.</exception>
    /// <exception cref="StoreCorruptedException">An event is damaged.</exception>
    public Task<ExportResult> ExportEventTableAsync(Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        return new EventTableExport(Store, output).RunAsync(cancellationToken);
    }
}
