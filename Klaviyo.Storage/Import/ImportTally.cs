using Klaviyo.Storage.Index;
using Klaviyo.Storage.Live;

namespace Klaviyo.Storage.Import;

/// <summary>Counts what became of records: a record is as good as the worst of its writes.</summary>
/// <threadsafety>For one writer.</threadsafety>
internal sealed class ImportTally
{
    // A bit for each profile, by lane: millions of them are nothing beside a set of ids.
    private readonly BitColumns _profiles = new();
    private bool _isRejected;
    private bool _isDuplicate;
    private bool _isWritten;

    internal long Records { get; private set; }

    internal long Accepted { get; private set; }

    internal long Duplicates { get; private set; }

    internal long Rejected { get; private set; }

    internal long Skipped { get; private set; }

    internal long Profiles { get; private set; }

    internal Rejection? FirstRejection { get; private set; }

    /// <summary>Counts an item that was not written.</summary>
    internal void Add(ImportItem item)
    {
        _isRejected |= item.Rejection is not null;
        FirstRejection ??= item.Rejection;
        EndRecord(item);
    }

    /// <summary>Counts an item that was written.</summary>
    internal void Add(ImportItem item, in WriteResult result)
    {
        _isWritten = true;
        _isRejected |= !result.Accepted;
        FirstRejection ??= result.Rejection is { } refused ? refused with { Line = item.Line } : null;
        _isDuplicate |= result.Duplicate;
        if (result.Accepted && item.Write!.Profile is [var named, ..] && named.Kind.ObjectType is null)
        {
            var profile = ProfileKey.Of(result.Profile);
            Profiles += _profiles.Set(profile.Lane, profile.Ordinal, true) ? 1 : 0;
        }

        EndRecord(item);
    }

    private void EndRecord(ImportItem item)
    {
        if (!item.EndsRecord)
        {
            return;
        }

        Records++;
        if (_isRejected)
        {
            Rejected++;
        }
        else if (!_isWritten)
        {
            Skipped++;
        }
        else if (_isDuplicate)
        {
            Duplicates++;
        }
        else
        {
            Accepted++;
        }

        _isRejected = _isDuplicate = _isWritten = false;
    }
}
