using Klaviyo.Storage.Log;
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
        var reading = new ExtensionReading(lane);
        while (ReadExtension(reading, take, cancellationToken))
        {
        }
    }

    /// <summary>Reads some of the durable records that the extension appended in a lane, from where the reading is.</summary>
    /// <returns>False when there are no more.</returns>
    /// <exception cref="StoreCorruptedException">The log is damaged.</exception>
    internal bool ReadExtension(ExtensionReading reading, ExtensionRecord take, CancellationToken cancellationToken)
    {
        const int RecordsMax = 16_384;
        cancellationToken.ThrowIfCancellationRequested();
        var log = _lanes[reading.Lane].Log;
        using var scan = log.Scan(reading.Next ?? log.Begin, _log.Durable[reading.Lane].Until);
        for (var records = 0; records < RecordsMax; records++)
        {
            if (!scan.MoveNext())
            {
                return false;
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

        reading.Next = scan.Next;
        return true;
    }

    /// <summary>How far the records of a lane were read.</summary>
    internal sealed class ExtensionReading(int lane)
    {
        internal int Lane => lane;

        internal LogAddress? Next { get; set; }
    }
}
