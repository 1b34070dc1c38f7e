using System.Text.Json;

namespace Klaviyo.Storage.Import;

// The attributes of the two resources that say something: events and profiles.
internal sealed partial class KlaviyoParser
{
    // An id that this store did not give: kept, so that what else names it finds the same profile.
    private static readonly IdentifierKind ForeignId = IdentifierKind.Of("klaviyo_id");
    private static readonly IdentifierKind ExchangeId = IdentifierKind.Of("_kx");

    private static readonly string[] Data = ["data"];
    private static readonly string[] Id = ["id"];
    private static readonly string[] Lists = ["lists", "data"];
    private static readonly string[] MetricName = ["data", "attributes", "name"];
    private static readonly string[] UnsetPatch = ["patch_properties", "unset"];

    private bool TryReadEvent(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return Refusal.Set("", "An object is expected.");
        }

        while (NextProperty(ref reader, out var name))
        {
            if (!TryReadEventAttribute(ref reader, name))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryReadEventAttribute(ref Utf8JsonReader reader, string name)
    {
        return name switch
        {
            "properties" => TryReadMap(ref reader, name, 0, out _event.Properties),
            "time" => TryReadTime(ref reader, name, out _event.Time),
            "value" => TryReadNumber(ref reader, name, out _event.Value),
            "value_currency" => TryReadCommonText(ref reader, name, out _event.Currency),
            "unique_id" => TryReadId(ref reader, name, out _event.UniqueId),
            "backfill" => TryReadBoolean(ref reader, name, out _event.Backfill),
            "metric" => TryReadMetric(ref reader) || Refusal.Under(name),
            "profile" => TryReadProfile(ref reader) || Refusal.Under(name),
            _ => reader.TrySkip(),
        };
    }

    private bool TryReadMetric(ref Utf8JsonReader reader)
    {
        var name = reader;
        reader.Skip();
        return !TryFind(ref name, MetricName) || TryReadCommonText(ref name, "data.attributes.name", out _event.Metric);
    }

    // The profile of an event: a body of its own within the attributes.
    private bool TryReadProfile(ref Utf8JsonReader reader)
    {
        var data = reader;
        reader.Skip();
        if (!TryFind(ref data, Data) || data.TokenType != JsonTokenType.StartObject)
        {
            return Refusal.Set("data", "A profile is expected.");
        }

        var resource = default(KlaviyoResource);
        while (NextProperty(ref data, out var name))
        {
            switch (name)
            {
                case "id" when !TryReadId(ref data, "data.id", out resource.Id):
                    return false;
                case "attributes":
                    resource.Attributes = data;
                    break;
                case "meta":
                    resource.Meta = data;
                    break;
                default:
                    break;
            }

            data.Skip();
        }

        return TryReadProfileParts(ref resource) || Refusal.Under("data");
    }

    private bool TryReadProfileParts(ref KlaviyoResource resource)
    {
        var hasAttributes = resource.Attributes.TokenType != JsonTokenType.None;
        return (!hasAttributes || TryReadProfileAttributes(ref resource.Attributes))
            && TryReadMeta(ref resource.Meta)
            && TryAddId(resource.Id);
    }

    private bool TryAddId(string? id)
    {
        var kind = ProfileId.TryParse(id, out _) ? IdentifierKind.Id : ForeignId;
        return TryAdd(_profile.Identifiers, kind, id, "id");
    }

    private bool TryReadProfileAttributes(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return Refusal.Set("attributes", "An object is expected.");
        }

        while (NextProperty(ref reader, out var name))
        {
            if (!TryReadProfileAttribute(ref reader, name))
            {
                return Refusal.Under("attributes");
            }
        }

        return true;
    }

    private bool TryReadProfileAttribute(ref Utf8JsonReader reader, string name)
    {
        return name switch
        {
            "external_id" => TryReadIdentifier(ref reader, IdentifierKind.ExternalId, name),
            "email" => TryReadIdentifier(ref reader, IdentifierKind.Email, name),
            "phone_number" => TryReadIdentifier(ref reader, IdentifierKind.PhoneNumber, name),
            "anonymous_id" => TryReadIdentifier(ref reader, IdentifierKind.AnonymousId, name),
            "_kx" => TryReadIdentifier(ref reader, ExchangeId, name),
            "properties" => TryReadCustom(ref reader, name),
            "meta" => TryReadMeta(ref reader),
            "" => Refusal.Set("", "The name of an attribute is empty or not valid Unicode."),
            _ => Properties.TryReadInto(ref reader, _profile.Properties, name),
        };
    }

    private bool TryReadIdentifier(ref Utf8JsonReader reader, IdentifierKind kind, string name) =>
        TryReadId(ref reader, name, out var value) && TryAdd(_profile.Identifiers, kind, value, name);

    private bool TryReadCustom(ref Utf8JsonReader reader, string name)
    {
        if (!TryReadMap(ref reader, name, 0, out var custom))
        {
            return false;
        }

        foreach (var (property, value) in custom is null ? default : custom.AsSpan())
        {
            if (!_profile.Properties.ContainsKey(property))
            {
                _profile.Properties[property] = value;
            }
        }

        return true;
    }

    // Of the patches, only "unset" is a write: to append needs to know what is there.
    private bool TryReadMeta(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.None)
        {
            return true;
        }

        var unset = reader;
        reader.Skip();
        if (!TryFind(ref unset, UnsetPatch))
        {
            return true;
        }

        if (unset.TokenType == JsonTokenType.StartArray)
        {
            while (unset.Read() && unset.TokenType == JsonTokenType.String)
            {
                Unset(ref unset);
            }
        }
        else if (unset.TokenType == JsonTokenType.String)
        {
            Unset(ref unset);
        }

        return true;
    }

    private void Unset(ref Utf8JsonReader reader)
    {
        if (Properties.TryReadName(ref reader, out var name) && name.Length > 0)
        {
            _profile.Properties[name] = PropertyValue.Null;
        }
    }

    private bool TryReadLists(ref KlaviyoResource resource)
    {
        var reader = resource.Relationships;
        if (!TryFind(ref reader, Lists) || reader.TokenType != JsonTokenType.StartArray)
        {
            return true;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var id = reader;
            reader.Skip();
            if (!TryFind(ref id, Id) || !TryReadText(ref id, "id", out var list) || string.IsNullOrEmpty(list))
            {
                return Refusal.Set("relationships.lists", "A list is named by its id.");
            }

            _lists.Add(list);
        }

        return true;
    }

    // Goes down a path of names from the object that the reader stands on.
    private bool TryFind(ref Utf8JsonReader reader, string[] path)
    {
        foreach (var step in path)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            string name;
            while (NextProperty(ref reader, out name) && name != step)
            {
                reader.Skip();
            }

            if (reader.TokenType == JsonTokenType.EndObject)
            {
                return false;
            }
        }

        return true;
    }
}
