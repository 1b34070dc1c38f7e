using System.Text.Json;

namespace Klaviyo.Storage.Import;

/// <summary>Reads Segment messages: one, an array of them, or a batch body.</summary>
internal sealed class SegmentParser(bool backfill) : MessageParser(backfill)
{
    private const string Account = "account";
    private const string Member = "member";
    private const string Needed = "userId or anonymousId is needed.";

    private readonly List<Identifier> _identifiers = [];
    private readonly List<CustomerWrite> _before = [];
    private SegmentMessage _message;
    private PropertyMap? _batchContext;
    private string _place = "";

    protected override void ParseDocument(ref Utf8JsonReader reader, JsonInput input, ImportBatch batch)
    {
        _place = "";
        _batchContext = null;
        var start = reader;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            ParseAll(ref reader, "", input, batch);
            return;
        }

        var read = TryReadMessage(ref reader);
        if (read && _message.BatchStart is { } batchStart)
        {
            // Not a message but a body of them; its context holds for those that have none.
            _batchContext = _message.Context;
            while (start.TokenStartIndex < batchStart)
            {
                start.Read();
            }

            ParseAll(ref start, "batch", input, batch);
            return;
        }

        Add(start, ref reader, read, input, batch);
    }

    private void ParseAll(ref Utf8JsonReader reader, string field, JsonInput input, ImportBatch batch)
    {
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            _place = $"{field}[{i}]";
            var start = reader;
            var read = TryReadMessage(ref reader);
            Add(start, ref reader, read, input, batch);
        }
    }

    private void Add(Utf8JsonReader start, ref Utf8JsonReader reader, bool read, JsonInput input, ImportBatch batch)
    {
        if (!read)
        {
            reader = start;
            reader.Skip();
        }

        var part = input.Part(start.TokenStartIndex, reader.BytesConsumed);
        _message.Context ??= _batchContext;
        if (read && TryMakeWrite(out var write) && IsWithinLimits(write, part.Text.Length))
        {
            foreach (var before in _before)
            {
                batch.Add(new ImportItem(part.Line, before, null, EndsRecord: false), part.Text);
            }

            batch.Add(new ImportItem(part.Line, write, null, EndsRecord: true), part.Text);
            return;
        }

        Refusal.Under(_place);
        batch.Refuse(new Rejection(part.Line, Refusal.Field, Refusal.Reason), part.Text);
    }

    private bool TryReadMessage(ref Utf8JsonReader reader)
    {
        _message = default;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return Refusal.Set("", "A Segment message is an object.");
        }

        while (NextProperty(ref reader, out var name))
        {
            if (!TryReadField(ref reader, name))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryReadField(ref Utf8JsonReader reader, string name)
    {
        return name switch
        {
            "type" => TryReadCommonText(ref reader, name, out _message.Type),
            "event" => TryReadCommonText(ref reader, name, out _message.Event),
            "userId" => TryReadId(ref reader, name, out _message.UserId),
            "anonymousId" => TryReadId(ref reader, name, out _message.AnonymousId),
            "previousId" => TryReadId(ref reader, name, out _message.PreviousId),
            "groupId" => TryReadId(ref reader, name, out _message.GroupId),
            "messageId" => TryReadId(ref reader, name, out _message.MessageId),
            "timestamp" => TryReadTime(ref reader, name, out _message.Timestamp),
            "originalTimestamp" => TryReadTime(ref reader, name, out _message.OriginalTimestamp),
            "properties" => TryReadMap(ref reader, name, 0, out _message.Properties),
            "traits" => TryReadMap(ref reader, name, 0, out _message.Traits),
            "context" => TryReadMap(ref reader, name, 1, out _message.Context),
            _ => PassOver(ref reader, name),
        };
    }

    // Fields that only some types have are looked at where they fit and passed over where they do not.
    private bool PassOver(ref Utf8JsonReader reader, string name)
    {
        if (name == "batch" && reader.TokenType == JsonTokenType.StartArray)
        {
            _message.BatchStart = reader.TokenStartIndex;
        }
        else if (reader.TokenType == JsonTokenType.String && name == "name")
        {
            Properties.TryReadText(ref reader, out _message.Name);
        }
        else if (reader.TokenType == JsonTokenType.String && name == "category")
        {
            Properties.TryReadText(ref reader, out _message.Category);
        }

        reader.Skip();
        return true;
    }

    private bool TryMakeWrite(out CustomerWrite write)
    {
        write = null!;
        _before.Clear();
        return _message.Type switch
        {
            "track" => TryMakeEvent(_message.Event, "event", _message.Properties ?? [], out write),
            "page" => TryMakeEvent("Viewed Page", "name", NamedProperties(), out write),
            "screen" => TryMakeEvent("Viewed Screen", "name", NamedProperties(), out write),
            "group" => TryMakeGroup(out write),
            "identify" => TryMakeProfile(out write),
            "alias" => TryMakeAlias(out write),
            null => Refusal.Set("type", "A message has a type: track, identify, page, screen, group or alias."),
            _ => Refusal.Set("type", $"'{_message.Type}' is not one of track, identify, page, screen, group, alias."),
        };
    }

    private bool TryMakeEvent(string? metric, string field, PropertyMap properties, out CustomerWrite write)
    {
        write = null!;
        if (string.IsNullOrWhiteSpace(metric))
        {
            return Refusal.Set(field, "The name of the event is needed.");
        }

        if (!TryIdentify())
        {
            return false;
        }

        var value = Value(properties);
        if (_message.Context is { Count: > 0 } context && !properties.ContainsKey("context"))
        {
            properties["context"] = context;
        }

        write = new CustomerEvent
        {
            Profile = _identifiers.ToArray(),
            Time = _message.Time,
            Metric = metric,
            Value = value,
            UniqueId = string.IsNullOrEmpty(_message.MessageId) ? null : _message.MessageId,
            Properties = properties,
            Backfill = Backfill,
        };
        return true;
    }

    private bool TryMakeGroup(out CustomerWrite write)
    {
        write = null!;
        if (string.IsNullOrWhiteSpace(_message.GroupId))
        {
            return Refusal.Set("groupId", "A group message names its group.");
        }

        if (!Identifier.TryCreate(IdentifierKind.Object(Account), _message.GroupId, out var account, out var reason))
        {
            return Refusal.Set("groupId", reason);
        }

        var properties = new PropertyMap(3) { ["group_id"] = _message.GroupId };
        if (_message.Traits is { Count: > 0 } traits)
        {
            properties["traits"] = traits;
        }

        // The traits lie a level deeper than they were read, so that their depth is looked at again.
        if (!TryMakeEvent("Joined Group", "groupId", properties, out write) || !IsWithinLimits(write, long.MaxValue))
        {
            return false;
        }

        _before.Add(new ProfileWrite { Profile = [account], Time = write.Time, Properties = _message.Traits ?? [] });
        _before.Add(new RelationWrite { Profile = write.Profile, Object = account, Name = Member, Time = write.Time });
        return true;
    }

    private bool TryMakeProfile(out CustomerWrite write)
    {
        write = null!;
        var traits = _message.Traits ?? [];
        if (!TryReadIdentifiers())
        {
            return false;
        }

        AddIfValid(IdentifierKind.Email, traits["email"]);
        AddIfValid(IdentifierKind.PhoneNumber, traits["phone"]);
        if (_identifiers.Count == 0)
        {
            return Refusal.Set("userId", Needed);
        }

        SegmentTraits.AddProfileNames(traits);
        write = new ProfileWrite { Profile = _identifiers.ToArray(), Time = _message.Time, Properties = traits };
        return true;
    }

    private bool TryMakeAlias(out CustomerWrite write)
    {
        write = null!;
        _identifiers.Clear();
        if (string.IsNullOrWhiteSpace(_message.PreviousId) || string.IsNullOrWhiteSpace(_message.UserId))
        {
            return Refusal.Set(
                string.IsNullOrWhiteSpace(_message.UserId) ? "userId" : "previousId",
                "An alias names two ids, previousId and userId.");
        }

        if (!TryAdd(_identifiers, IdentifierKind.ExternalId, _message.UserId, "userId")
            || !TryAdd(_identifiers, IdentifierKind.AnonymousId, _message.PreviousId, "previousId"))
        {
            return false;
        }

        write = new ProfileWrite { Profile = _identifiers.ToArray(), Time = _message.Time };
        return true;
    }

    private bool TryIdentify() =>
        TryReadIdentifiers() && (_identifiers.Count > 0 || Refusal.Set("userId", Needed));

    private bool TryReadIdentifiers()
    {
        _identifiers.Clear();
        return TryAdd(_identifiers, IdentifierKind.ExternalId, _message.UserId, "userId")
            && TryAdd(_identifiers, IdentifierKind.AnonymousId, _message.AnonymousId, "anonymousId");
    }

    // A trait that is no address stays a trait.
    private void AddIfValid(IdentifierKind kind, PropertyValue trait)
    {
        if (trait.Kind == PropertyKind.String
            && Identifier.TryCreate(kind, trait.AsString(), out var identifier, out _))
        {
            _identifiers.Add(identifier);
        }
    }

    private PropertyMap NamedProperties()
    {
        var properties = _message.Properties ?? [];
        SegmentTraits.AddMissing(properties, "name", _message.Name);
        SegmentTraits.AddMissing(properties, "category", _message.Category);
        return properties;
    }

    private static double? Value(PropertyMap properties)
    {
        if (properties["value"] is { Kind: PropertyKind.Number } value)
        {
            return value.AsNumber();
        }

        return properties["revenue"] is { Kind: PropertyKind.Number } revenue ? revenue.AsNumber() : null;
    }
}
