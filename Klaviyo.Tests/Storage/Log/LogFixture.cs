using System.Buffers.Binary;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;

namespace Klaviyo.Tests.Storage.Log;

/// <summary>
/// What the tests of the log share: small pages, a directory of their own, payloads that tell their number.
/// </summary>
internal static class LogFixture
{
    internal const int PageBytes = 64 << 10;
    internal const int SegmentBytes = 128 << 10;

    internal static readonly Guid StoreId = new("6f9619ff-8b86-d011-b42d-00c04fc964ff");

    internal static EventLogOptions Options(IStorageFiles files, int lanes = 1) => new()
    {
        Files = files,
        LaneCount = lanes,
        StoreId = StoreId,
        CreatedMs = 1_764_547_200_000,
        PageBytes = PageBytes,
        SegmentBytes = SegmentBytes,
        MemoryBytes = 4 * PageBytes,
    };

    internal static EventLog Open(IStorageFiles files, int lanes = 1) => EventLog.Open(Options(files, lanes));

    /// <summary>Makes the payload of the n-th record of a lane: its number, then bytes that follow from it.</summary>
    internal static byte[] Payload(long number, int bytes = 200)
    {
        var payload = new byte[bytes];
        for (var i = 0; i < bytes; i++)
        {
            payload[i] = (byte)((number * 31) + i);
        }

        if (bytes >= sizeof(long))
        {
            BinaryPrimitives.WriteInt64LittleEndian(payload, number);
        }

        return payload;
    }

    /// <summary>Appends records whose payloads carry their sequence, and gives their addresses.</summary>
    internal static List<LogAddress> Fill(LaneLog lane, int count, int bytes = 200)
    {
        var addresses = new List<LogAddress>(count);
        for (var i = 0; i < count; i++)
        {
            addresses.Add(lane.Append(Kind(lane.LastSequence + 1), Payload(lane.LastSequence + 1, bytes)));
        }

        return addresses;
    }

    internal static byte Kind(long sequence) => (byte)(sequence % 251);

    internal static Task CommitAsync(this EventLog log) => log.CommitAsync(log.Cut());

    /// <summary>Reads a lane from begin to tail, checks each record against its sequence, and counts.</summary>
    internal static long CheckAll(LaneLog lane, int bytes = 200)
    {
        long count = 0;
        foreach (var record in lane.Scan(lane.Begin, lane.Tail))
        {
            count++;
            Assert.That(record.Sequence, Is.EqualTo(count));
            Assert.That(record.Kind, Is.EqualTo(Kind(count)));
            Assert.That(record.Payload.Span.SequenceEqual(Payload(count, bytes)), Is.True);
        }

        Assert.That(lane.LastSequence, Is.EqualTo(count));
        return count;
    }
}
