using System.Text.Json;
using Klaviyo.Storage.Import;

namespace Klaviyo;

/// <summary>How a stream to import is written.</summary>
/// <remarks>
/// All formats are UTF-8, with or without a byte order mark. gzip is known by its first bytes and read as it is.
/// Records that cannot be understood are refused alone, with their line and field.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public abstract record ImportFormat
{
    private protected ImportFormat()
    {
    }

    /// <summary>Tells by its beginning whether a stream holds Segment messages or bodies of Klaviyo's API.</summary>
    /// <param name="start">The first bytes, decompressed; some hundred are enough.</param>
    /// <returns>Null where it is neither, or where it cannot be told: CSV needs a mapping.</returns>
    public static ImportFormat? Detect(ReadOnlySpan<byte> start)
    {
        var reader = new Utf8JsonReader(start, isFinalBlock: false, default);
        try
        {
            while (reader.Read())
            {
                // None of the names that are looked for needs an escape.
                if (reader.TokenType == JsonTokenType.PropertyName
                    && !reader.ValueIsEscaped
                    && Detect(ref reader) is { } format)
                {
                    return format;
                }
            }
        }
        catch (JsonException)
        {
            // Text that is not JSON is none of the two.
        }

        return null;
    }

    internal abstract ImportReader CreateReader(ImportInput input, bool backfill);

    private static ImportFormat? Detect(ref Utf8JsonReader name)
    {
        if (name.ValueTextEquals("data"u8) || name.ValueTextEquals("attributes"u8))
        {
            return new KlaviyoFormat();
        }

        return name.ValueTextEquals("userId"u8) || name.ValueTextEquals("anonymousId"u8)
            || name.ValueTextEquals("event"u8) || name.ValueTextEquals("messageId"u8) || name.ValueTextEquals("batch"u8)
            ? new SegmentFormat()
            : null;
    }
}
