using System.Buffers;
using System.Text.Json;

namespace Klaviyo.Bench.Compare.Data;

/// <summary>The bytes that the events take as compact JSON, one object a line.</summary>
internal static class JsonSize
{
    private const int SamplesMax = 1_000_000;

    /// <summary>Measures up to a million events, evenly spread, and extrapolates.</summary>
    internal static long Of(SampleEvents events)
    {
        var step = Math.Max(1, events.Count / SamplesMax);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        long bytes = 0;
        long count = 0;
        for (var i = 0L; i < events.Count; i += step)
        {
            var sample = events.History(i);
            Write(json, events.Identifier(sample.Profile), sample);
            json.Flush();
            bytes += buffer.WrittenCount + 1;
            count++;
            buffer.ResetWrittenCount();
            json.Reset();
        }

        return (long)((double)bytes / count * events.Count);
    }

    private static void Write(Utf8JsonWriter json, Identifier profile, in SampleEvent sample)
    {
        json.WriteStartObject();
        json.WriteString(profile.Kind.Name, profile.Value);
        json.WriteString("metric", SampleEvents.Metrics[sample.Metric]);
        json.WriteString("time", Instant.FromUnixMs(sample.TimeMs).ToString());
        json.WriteNumber("value", sample.Value);
        json.WriteString("unique_id", sample.UniqueId);
        json.WriteStartObject("properties");
        json.WriteString("OrderId", sample.OrderId);
        json.WriteString("City", sample.City);
        json.WriteString("Category", sample.Category);
        json.WriteString("Sku", sample.Sku);
        json.WriteNumber("Quantity", sample.Quantity);
        json.WriteNumber("Price", sample.Price);
        json.WriteBoolean("Discount", sample.Discount);
        json.WriteString("Delivery", Instant.FromUnixMs(sample.DeliveryMs).ToString());
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
