using System.Text.Json;

namespace Klaviyo.Storage.Import;

/// <summary>Turns a JSON document into items. The formats derive from it and say what a message means.</summary>
/// <remarks>
/// <para>A document that is not JSON is refused as a whole; in one that is, each message is refused alone.</para>
/// <para>Order in an object means nothing: what is needed later is kept as a copy of the reader, which is a struct, and
/// read again from there.</para>
/// </remarks>
/// <threadsafety>For one reader.</threadsafety>
internal abstract class MessageParser
{
    // Deeper than any message that is accepted, so that it is our own limit that speaks.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };

    protected MessageParser(bool backfill)
    {
        Backfill = backfill;
        Refusal = new Refusal();
        Properties = new PropertyReader(Refusal);
    }

    protected bool Backfill { get; }

    protected Refusal Refusal { get; }

    protected PropertyReader Properties { get; }

    /// <summary>Adds the items of one document.</summary>
    internal void Parse(JsonInput input, ImportBatch batch)
    {
        var count = batch.Count;
        try
        {
            var reader = new Utf8JsonReader(input.Text, Options);
            reader.Read();
            ParseDocument(ref reader, input, batch);

            // Text after the document is found only by reading on.
            reader.Read();
        }
        catch (JsonException e)
        {
            batch.Truncate(count);
            batch.Refuse(new Rejection(input.Line, "", NotJson(e)), input.Text);
        }
    }

    /// <summary>Adds the items of the value that the reader stands on, and leaves the reader on its end.</summary>
    protected abstract void ParseDocument(ref Utf8JsonReader reader, JsonInput input, ImportBatch batch);

    /// <summary>Goes to the next property of an object and on to its value.</summary>
    /// <returns><see langword="false"/> at the end of the object.</returns>
    protected bool NextProperty(ref Utf8JsonReader reader, out string name)
    {
        name = "";
        if (!reader.Read() || reader.TokenType == JsonTokenType.EndObject)
        {
            return false;
        }

        // A name that is no Unicode is none of those that mean something.
        name = Properties.TryReadName(ref reader, out var known) ? known : "";
        return reader.Read();
    }

    /// <summary>Reads a string of the message; null where there is none.</summary>
    protected bool TryReadText(ref Utf8JsonReader reader, string field, out string? text)
    {
        text = null;
        return reader.TokenType switch
        {
            JsonTokenType.Null => true,
            JsonTokenType.String => Properties.TryReadText(ref reader, out text) || Refusal.Under(field),
            _ => Refusal.Set(field, "A string is expected."),
        };
    }

    /// <summary>Reads a string of the message that comes again in others; null where there is none.</summary>
    protected bool TryReadCommonText(ref Utf8JsonReader reader, string field, out string? text)
    {
        text = null;
        return reader.TokenType == JsonTokenType.String
            ? Properties.TryReadName(ref reader, out text!) || Refusal.Under(field)
            : TryReadText(ref reader, field, out text);
    }

    /// <summary>Reads a number of the message; null where there is none.</summary>
    protected bool TryReadNumber(ref Utf8JsonReader reader, string field, out double? number)
    {
        number = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetDouble(out var value) || !double.IsFinite(value))
        {
            return Refusal.Set(field, "A number is expected.");
        }

        number = value;
        return true;
    }

    /// <summary>Reads a boolean of the message; false where there is none.</summary>
    protected bool TryReadBoolean(ref Utf8JsonReader reader, string field, out bool value)
    {
        value = reader.TokenType == JsonTokenType.True;
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null
            || Refusal.Set(field, "True or false is expected.");
    }

    /// <summary>Reads an id of the message: a string, or a number as it is written; null where there is none.</summary>
    protected bool TryReadId(ref Utf8JsonReader reader, string field, out string? id)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            return TryReadText(ref reader, field, out id);
        }

        id = NameCache.Decode(reader.ValueSpan);
        return true;
    }

    /// <summary>Reads a time of the message; null where there is none.</summary>
    protected bool TryReadTime(ref Utf8JsonReader reader, string field, out Instant? time)
    {
        time = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        if (reader.TokenType != JsonTokenType.String || !TryParseTime(ref reader, out var instant))
        {
            return Refusal.Set(field, "An ISO 8601 time is expected, such as 2026-11-23T08:30:00Z.");
        }

        time = instant;
        return true;
    }

    /// <summary>Reads an object of the message; null where there is none.</summary>
    /// <param name="reader">Stands on the object.</param>
    /// <param name="field">What the object is called.</param>
    /// <param name="depth">How deep the object will lie in the properties; 0 where it is all of them.</param>
    /// <param name="map">The object.</param>
    protected bool TryReadMap(ref Utf8JsonReader reader, string field, int depth, out PropertyMap? map) =>
        Properties.TryReadMap(ref reader, depth, out map) || Refusal.Under(field);

    /// <summary>Adds an identifier; an empty one is none.</summary>
    protected bool TryAdd(List<Identifier> identifiers, IdentifierKind kind, string? value, string field)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            return true;
        }

        if (!Identifier.TryCreate(kind, value, out var identifier, out var reason))
        {
            return Refusal.Set(field, reason);
        }

        identifiers.Add(identifier);
        return true;
    }

    /// <summary>Tells whether a write keeps within the limits.</summary>
    /// <param name="write">The write.</param>
    /// <param name="inputBytes">
    /// The length of its text: what is shorter than the longest string breaks no limit that reading has not seen.
    /// </param>
    protected bool IsWithinLimits(CustomerWrite write, long inputBytes)
    {
        return (inputBytes <= EventLimits.StringBytesMax && EventLimits.AreCountsKept(write))
            || EventLimits.Check(write) is not { } broken
            || Refusal.Set(broken.Field, broken.Reason);
    }

    private bool TryParseTime(ref Utf8JsonReader reader, out Instant instant)
    {
        if (!reader.ValueIsEscaped)
        {
            return Instant.TryParse(reader.ValueSpan, out instant);
        }

        instant = default;
        return Properties.TryReadText(ref reader, out var text) && Instant.TryParse(text, out instant);
    }

    private static string NotJson(JsonException e)
    {
        // The message ends with line and byte in a form for programmers.
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var detail = end < 0 ? e.Message : e.Message[..end];
        return $"Not valid JSON at byte {e.BytePositionInLine + 1}: {detail}";
    }
}
