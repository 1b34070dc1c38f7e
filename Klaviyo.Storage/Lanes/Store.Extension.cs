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
        using var reading = BeginReadingExtension(lane);
        while (ReadExtension(reading, take, cancellationToken))
        {
        }
    }

    /// <summary>Begins to read the records that the extension appended in a lane and that are durable by now.</summary>
    internal ExtensionReading BeginReadingExtension(int lane)
    {
        var log = _lanes[lane].Log;
        return new ExtensionReading(log, log.Scan(log.Begin, _log.Durable[lane].Until));
    }

    /// <summary>Reads some of the records, from where the reading is.</summary>
    /// <returns>False when there are no more.</returns>
    /// <exception cref="StoreCorruptedException">The log is damaged.</exception>
    internal static bool ReadExtension(ExtensionReading reading, ExtensionRecord take, CancellationToken cancellationToken)
    {
        const int RecordsMax = 16_384;
        cancellationToken.ThrowIfCancellationRequested();
        var (log, scan) = (reading.Log, reading.Scan);
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

        return true;
    }

    /// <summary>How far the records of a lane were read.</summary>
    internal sealed class ExtensionReading(LaneLog log, LogScan scan) : IDisposable
    {
        internal LaneLog Log => log;

        internal LogScan Scan => scan;

        public void Dispose() => scan.Dispose();
    }
}
