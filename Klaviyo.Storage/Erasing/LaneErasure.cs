using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Erasing;

/// <summary>Finds what of one lane's log has to be overwritten, so that nothing of an erased profile is left in it.</summary>
/// <param name="log">The log.</param>
/// <param name="extension">The library above, if there is one.</param>
/// <param name="until">The end of what is looked at; nothing below is written by FASTER any more.</param>
internal sealed class LaneErasure(LaneLog log, ILaneExtension? extension, LogAddress until)
{
    private byte[] _gap = [];
    private byte[] _blank = [];

    /// <summary>Reads which profiles were erased, and what was merged.</summary>
    internal ErasedOwners Owners()
    {
        var owners = new ErasedOwners();
        using var scan = log.Scan(log.Begin, until);
        while (scan.MoveNext())
        {
            var record = scan.Current;
            switch ((RecordKind)record.Kind)
            {
                case RecordKind.Erase:
                    owners.Erased(log.Decode(record, static r => EraseRecord.Read(r.Payload).Profile));
                    break;
                case RecordKind.Merge when log.Decode(record, static r => MergeRecord.Read(r.Payload)) is var merge:
                    if (ProfileOfRecord.KeyOf(merge.Source.Value) is var source && source.Lane == log.Lane)
                    {
                        owners.Merged(source.Ordinal, merge.Destination, record.Sequence);
                    }

                    break;
            }
        }

        return owners;
    }

    /// <summary>Gets what has to be overwritten, in the order of the log; valid until the next.</summary>
    internal IEnumerable<Overwrite> Find(ErasedOwners owners)
    {
        var blanker = extension?.CreateBlanker(owners);
        var next = log.Begin.Value;
        using var scan = log.Scan(log.Begin, until);
        while (scan.MoveNext())
        {
            if (scan.Current.Address.Value != next && FindInGap(next) is { } left)
            {
                yield return left;
            }

            next = scan.Next.Value;
            if (FindIn(scan.Current, owners, blanker) is { } found)
            {
                yield return found;
            }
        }
    }

    private Overwrite? FindIn(in LogRecord record, ErasedOwners owners, IRecordBlanker? blanker)
    {
        var (address, kind, payload) = (record.Address.Value, (RecordKind)record.Kind, record.Payload);
        if (log.Decode(record, static r => ProfileOfRecord.TryGet((RecordKind)r.Kind, r.Payload, out var o) ? o : -1) is >= 0 and var ordinal
            && owners.IsErased(ordinal))
        {
            return new Overwrite(log.Lane, address, (byte)RecordKind.Erased, record.Sequence, payload.Length, default);
        }

        if (kind != RecordKind.Membership && (kind != RecordKind.Extension || blanker is null))
        {
            return null;
        }

        _blank = _blank.Length < payload.Length ? new byte[payload.Length] : _blank;
        var blank = _blank.AsMemory(0, payload.Length);
        var isBlanked = kind == RecordKind.Membership
            ? MembershipRecord.TryBlank(payload.Span, owners.IsErased, blank.Span)
            : blanker!.TryBlank(payload.Span, record.Sequence, blank.Span);
        return isBlanked
            ? new Overwrite(log.Lane, address, record.Kind, record.Sequence, payload.Length, blank)
            : null;
    }

    // The end of a page that the next record did not fit into: after a crash there may be what was never durable.
    private Overwrite? FindInGap(long from)
    {
        var bytes = (int)(log.PageEnd(from) - from);
        _gap = _gap.Length < bytes ? new byte[bytes] : _gap;
        var gap = _gap.AsSpan(0, bytes);
        log.ReadRaw(from, gap);
        return gap.ContainsAnyExcept((byte)0)
            ? new Overwrite(log.Lane, from, Overwrite.Zeros, 0, bytes, default)
            : null;
    }
}
