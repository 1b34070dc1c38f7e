using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

/// <content>The records of the extension, read back.</content>
internal sealed partial class Store
{
    /// <summary>Takes a record of the extension; the bytes are valid during the call.</summary>
    internal delegate void ExtensionRecord(ReadOnlySpan<byte> record);

    /// <summary>Reads every durable record that the extension appended in a lane, in the order in which they were.</summary>
    /// <remarks>Reads the log of the lane once, beside its writers: no gate is held.</remarks>
    /// <exception cref="StoreCorruptedException">The log is damaged.</exception>
    internal void ReadExtension(int lane, ExtensionRecord take, CancellationToken cancellationToken)
    {
        const int LooksBetween = 1024;
        var log = _lanes[lane].Log;
        var looks = 0;
        using var scan = log.Scan(log.Begin, _log.Durable[lane].Until);
        while (scan.MoveNext())
        {
            if (++looks % LooksBetween == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (scan.Current.Kind == (byte)RecordKind.Extension)
            {
                log.Decode(scan.Current, record =>
                {
                    take(record.Payload.Span);
                    return true;
                });
            }
        }
    }
}
