using System.Buffers.Binary;
using System.Text;
using Klaviyo.Bench.Compare.Data;

namespace Klaviyo.Bench.Compare.Subjects;

/// <summary>The bytes in which the RocksDB peer keeps an event.</summary>
/// <remarks>
/// Key: profile, metric, time, sequence, big-endian, so that they sort. Value: the event's value, the other numbers, then the
/// texts with a length before each, the city first because a question filters by it.
/// </remarks>
internal static class RocksCodec
{
    internal const int KeyBytes = 4 + 1 + 8 + 8;
    private const int NumbersBytes = 8 + 8 + 8 + 8 + 1;

    internal static void WriteKey(Span<byte> into, int profile, int metric, long timeMs, long sequence)
    {
        BinaryPrimitives.WriteInt32BigEndian(into, profile);
        into[4] = (byte)metric;
        BinaryPrimitives.WriteInt64BigEndian(into[5..], timeMs);
        BinaryPrimitives.WriteInt64BigEndian(into[13..], sequence);
    }

    internal static int WriteUniqueKey(Span<byte> into, in SampleEvent sample)
    {
        BinaryPrimitives.WriteInt32BigEndian(into, sample.Profile);
        into[4] = (byte)sample.Metric;
        return 5 + Encoding.UTF8.GetBytes(sample.UniqueId, into[5..]);
    }

    internal static int WriteValue(Span<byte> into, in SampleEvent sample)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(into, sample.Value);
        BinaryPrimitives.WriteDoubleLittleEndian(into[8..], sample.Quantity);
        BinaryPrimitives.WriteDoubleLittleEndian(into[16..], sample.Price);
        BinaryPrimitives.WriteInt64LittleEndian(into[24..], sample.DeliveryMs);
        into[32] = sample.Discount ? (byte)1 : (byte)0;
        var end = WriteText(into, NumbersBytes, sample.City);
        end = WriteText(into, end, sample.Category);
        end = WriteText(into, end, sample.Sku);
        return WriteText(into, end, sample.OrderId);
    }

    internal static double Value(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadDoubleLittleEndian(value);

    internal static bool CityIs(ReadOnlySpan<byte> value, ReadOnlySpan<byte> city) =>
        value.Slice(NumbersBytes + 1, value[NumbersBytes]).SequenceEqual(city);

    private static int WriteText(Span<byte> into, int at, string text)
    {
        var count = Encoding.UTF8.GetBytes(text, into[(at + 1)..]);
        into[at] = (byte)count;
        return at + 1 + count;
    }
}
