namespace Klaviyo;

public partial class CustomerDatabase
{
    /// <summary>Erases a profile, with all that was merged into it; completes when that is durable.</summary>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <param name="suppress">
    /// Whether its identifiers are refused for ever. Otherwise they are free again, as if nobody had had them.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting, never the erasure.</param>
    /// <returns>What was taken away; null where no profile has the identifier.</returns>
    /// <remarks>
    /// <para>When this returns no answer shows the profile, whatever its evaluation instant: neither itself, nor its events, nor
    /// it in segments, reports, counts and subscriptions. Its flow runs end, and its messages are not sent. What stays is that
    /// something was erased and when; see <see cref="StoreStats.Erased"/>.</para>
    /// <para>The bytes stay in the files, where no question finds them, until <see cref="CompactAsync"/>. To suppress keeps a
    /// keyed hash of each identifier, nothing else.</para>
    /// </remarks>
    /// <exception cref="StorePoisonedException">The disk has failed; close the store and open it again.</exception>
    public async ValueTask<EraseResult?> EraseAsync(
        Identifier profile, bool suppress = false, CancellationToken cancellationToken = default)
    {
        var erased = Store.Erase(profile, suppress);
        if (erased is not null)
        {
            await Store.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        return erased;
    }

    /// <summary>Takes every byte of erased profiles out of every file of the store.</summary>
    /// <param name="cancellationToken">Ends the waiting, never the work.</param>
    /// <returns>What was done; zeros where nothing was ever erased.</returns>
    /// <remarks>
    /// <para>Writers and questions go on. The log is read twice and overwritten in place; cold files are written anew, and a new
    /// checkpoint replaces all older ones. Addresses do not change, so positions of subscriptions stay good.</para>
    /// <para>A crash at any moment leaves a good store: what was begun is ended by the next opening. Then compact again, to be
    /// sure that nothing is left.</para>
    /// <para>It needs room on the disk: in each lane for at most a page of the log and a little more, for cold files and a checkpoint beside
    /// those that they replace, and for the journal.</para>
    /// <para>What stays: the numbers of erased profiles, when they were erased, which steps of flows their runs took, keyed hashes
    /// of identifiers that were suppressed, and names of properties and metrics, which belong to nobody. What the file system or
    /// the medium keeps of overwritten and deleted files is beyond the store.</para>
    /// </remarks>
    /// <exception cref="IOException">
    /// A file that holds bytes of erased profiles could not be deleted, or a new checkpoint or the journal of what is overwritten not be
    /// written. The store goes on; compact again.
    /// </exception>
    /// <exception cref="StorePoisonedException">
    /// The disk has failed, or has no room: the log is filled up to the end of its pages first, cold files are written anew, and the log is
    /// overwritten last. Where one of these fails the store takes no more writes. Make room, close it and open it again, and compact again.
    /// </exception>
    public Task<CompactResult> CompactAsync(CancellationToken cancellationToken = default) =>
        Task.Run(Store.CompactAsync, CancellationToken.None).WaitAsync(cancellationToken);

    /// <summary>Merges one profile into another, also where both are known; completes when that is durable.</summary>
    /// <param name="source">Any identifier of the profile that goes.</param>
    /// <param name="destination">Any identifier of the profile that answers for both from now on.</param>
    /// <param name="cancellationToken">Ends the waiting, never the merge.</param>
    /// <returns>The two; or why nothing was done: one of them is not known, or they are one already.</returns>
    /// <remarks>
    /// Nothing is moved or lost: the destination's own property values win, the source's fill gaps, and <see cref="SplitAsync"/>
    /// undoes it exactly. Runs under way of the source go on with the destination, where both live in one lane.
    /// </remarks>
    /// <exception cref="StorePoisonedException">The disk has failed; close the store and open it again.</exception>
    public async ValueTask<MergeResult> MergeAsync(
        Identifier source, Identifier destination, CancellationToken cancellationToken = default)
    {
        var result = Store.Merge(source, destination);
        if (result.Accepted)
        {
            await Store.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        return result;
    }

    /// <summary>Undoes a merge exactly; completes when that is durable.</summary>
    /// <param name="profile">
    /// An identifier of a profile that was merged into another: that one is one of its own again. Or an identifier of the
    /// profile that answers for all: then the last merge into it is undone.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting, never the split.</param>
    /// <returns>The two; or why nothing was done.</returns>
    /// <remarks>
    /// <para>Both are what they were, at every instant, and each has what arrived since through its own identifiers. What was
    /// merged into the source before stays with the source.</para>
    /// <para>Flow runs and messages that the merge handed over stay with the destination, and so does what it remembers of when
    /// the source last entered a flow.</para>
    /// </remarks>
    /// <exception cref="StorePoisonedException">The disk has failed; close the store and open it again.</exception>
    public async ValueTask<MergeResult> SplitAsync(Identifier profile, CancellationToken cancellationToken = default)
    {
        var result = Store.Split(profile);
        if (result.Accepted)
        {
            await Store.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        return result;
    }
}
