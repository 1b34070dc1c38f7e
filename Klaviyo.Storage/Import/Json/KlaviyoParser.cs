using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Klaviyo.Storage.Import;

/// <summary>Reads bodies of Klaviyo's API: events and profiles, one by one or in bulk.</summary>
/// <remarks>
/// A bulk body is a tree of resources, and each of them is read by <see cref="ParseResource"/>: a job holds entries, an
/// entry holds a profile and its events. What an outer one says for its inner ones stands in fields meanwhile.
/// </remarks>
internal sealed partial class KlaviyoParser(bool backfill) : MessageParser(backfill)
{
    private static readonly string[] BulkEntries = ["events-bulk-create", "data"];
    private static readonly string[] BulkProfiles = ["profiles", "data"];
    private static readonly string[] EntryEvents = ["events", "data"];

    private readonly KlaviyoProfile _profile = new();
    private readonly List<string> _lists = [];
    private KlaviyoEvent _event;
    private Identifier[]? _entryIdentifiers;
    private PropertyMap? _entryProperties;
    private bool _entryBackfill;

    protected override void ParseDocument(ref Utf8JsonReader reader, JsonInput input, ImportBatch batch)
    {
        _lists.Clear();
        LeaveEntry();
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            ParseResources(ref reader, input, batch);
            return;
        }

        var start = reader;
        if (reader.TokenType != JsonTokenType.StartObject || !TryFindData(ref reader))
        {
            reader = start;
            ParseResource(ref reader, input, batch);
            return;
        }

        if (reader.TokenType == JsonTokenType.StartArray)
        {
            ParseResources(ref reader, input.Under("data"), batch);
        }
        else
        {
            ParseResource(ref reader, input.Under("data"), batch);
        }

        // What stands beside "data", such as "links", means nothing here.
        while (NextProperty(ref reader, out _))
        {
            reader.Skip();
        }
    }

    // The first name tells whether this is a body or the resource itself.
    private bool TryFindData(ref Utf8JsonReader reader)
    {
        while (NextProperty(ref reader, out var name) && name is not ("type" or "id" or "attributes"))
        {
            if (name == "data")
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }

    private void ParseResources(ref Utf8JsonReader reader, JsonInput input, ImportBatch batch)
    {
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            ParseResource(ref reader, input.Under($"[{i}]"), batch);
        }
    }

    private void ParseResource(ref Utf8JsonReader reader, JsonInput input, ImportBatch batch)
    {
        var start = reader;
        var resource = default(KlaviyoResource);
        var read = TryReadResource(ref reader, ref resource);
        if (!read)
        {
            reader = start;
            reader.Skip();
        }

        var part = input.Part(start.TokenStartIndex, reader.BytesConsumed);
        var understood = read && resource.Type switch
        {
            "event" => TryAddEvent(ref resource, part, batch),
            "profile" => TryAddProfile(ref resource, part, batch),
            "event-bulk-create-job" => TryParseMany(ref resource, BulkEntries, input, batch),
            "event-bulk-create" => TryParseEntry(ref resource, input, batch),
            "profile-bulk-import-job" =>
                TryReadLists(ref resource) && TryParseMany(ref resource, BulkProfiles, input, batch),
            _ => Refusal.Set("type", "The type is one of event, profile, event-bulk-create-job, event-bulk-create, "
                + "profile-bulk-import-job."),
        };
        if (!understood)
        {
            Refusal.Under(part.Place);
            batch.Refuse(new Rejection(part.Line, Refusal.Field, Refusal.Reason), part.Text);
        }
    }

    private bool TryReadResource(ref Utf8JsonReader reader, ref KlaviyoResource resource)
    {
        _event = default;
        _profile.Clear();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return Refusal.Set("", "An object with type and attributes is expected.");
        }

        while (NextProperty(ref reader, out var name))
        {
            switch (name)
            {
                case "type" when !TryReadCommonText(ref reader, name, out resource.Type):
                case "id" when !TryReadId(ref reader, name, out resource.Id):
                    return false;
                case "attributes" when resource.Type == "event":
                    // The usual order, and the usual body: no need to come back.
                    resource.IsEventRead = true;
                    if (!TryReadEvent(ref reader))
                    {
                        return Refusal.Under(name);
                    }

                    break;
                case "attributes":
                    resource.Attributes = reader;
                    break;
                case "relationships":
                    resource.Relationships = reader;
                    break;
                case "meta":
                    resource.Meta = reader;
                    break;
                default:
                    break;
            }

            reader.Skip();
        }

        return true;
    }

    private bool TryParseMany(ref KlaviyoResource resource, string[] path, JsonInput input, ImportBatch batch)
    {
        var reader = resource.Attributes;
        var place = $"attributes.{string.Join('.', path)}";
        if (!TryFind(ref reader, path) || reader.TokenType != JsonTokenType.StartArray)
        {
            return Refusal.Set(place, "A list is expected.");
        }

        ParseResources(ref reader, input.Under(place), batch);
        return true;
    }

    private bool TryParseEntry(ref KlaviyoResource resource, JsonInput input, ImportBatch batch)
    {
        var reader = resource.Attributes;
        if (!TryReadEvent(ref reader) || !HasIdentifier("profile"))
        {
            return Refusal.Under("attributes");
        }

        _entryBackfill = _event.Backfill;
        _entryIdentifiers = _profile.Identifiers.ToArray();
        _entryProperties = _profile.Properties;
        var parsed = TryParseMany(ref resource, EntryEvents, input, batch);
        LeaveEntry();
        return parsed;
    }

    private void LeaveEntry()
    {
        _entryIdentifiers = null;
        _entryProperties = null;
        _entryBackfill = false;
    }

    private bool TryAddEvent(ref KlaviyoResource resource, JsonInput part, ImportBatch batch)
    {
        if (!resource.IsEventRead && !TryReadEvent(ref resource.Attributes))
        {
            return Refusal.Under("attributes");
        }

        if (!TryMakeEvent(out var write) || !IsWithinLimits(write, part.Text.Length))
        {
            return Refusal.Under("attributes");
        }

        batch.Add(new ImportItem(part.Line, write, null, EndsRecord: true), part.Text);
        return true;
    }

    private bool TryMakeEvent([NotNullWhen(true)] out CustomerEvent? write)
    {
        write = null;
        if (string.IsNullOrWhiteSpace(_event.Metric))
        {
            return Refusal.Set("metric.data.attributes.name", "The name of the metric is needed.");
        }

        if (_entryIdentifiers is null && !HasIdentifier("profile"))
        {
            return false;
        }

        var properties = _event.Properties ?? [];
        SegmentTraits.AddMissing(properties, "value_currency", _event.Currency);
        write = new CustomerEvent
        {
            Profile = _entryIdentifiers ?? _profile.Identifiers.ToArray(),
            Time = _event.Time,
            Metric = _event.Metric,
            Value = _event.Value,
            UniqueId = string.IsNullOrEmpty(_event.UniqueId) ? null : _event.UniqueId,
            Properties = properties,
            ProfileProperties = _entryProperties ?? _profile.Properties,
            Backfill = Backfill || _entryBackfill || _event.Backfill,
        };
        return true;
    }

    private bool TryAddProfile(ref KlaviyoResource resource, JsonInput part, ImportBatch batch)
    {
        if (!TryReadProfileParts(ref resource) || !HasIdentifier(""))
        {
            return false;
        }

        var profile = new ProfileWrite { Profile = _profile.Identifiers.ToArray(), Properties = _profile.Properties };
        if (!IsWithinLimits(profile, part.Text.Length))
        {
            return Refusal.Under("attributes");
        }

        batch.Add(new ImportItem(part.Line, profile, null, EndsRecord: _lists.Count == 0), part.Text);
        for (var i = 0; i < _lists.Count; i++)
        {
            var list = new ListWrite { Profile = profile.Profile, List = _lists[i] };
            batch.Add(new ImportItem(part.Line, list, null, EndsRecord: i == _lists.Count - 1), part.Text);
        }

        return true;
    }

    private bool HasIdentifier(string field)
    {
        return _profile.Identifiers.Count > 0
            || Refusal.Set(field, "A profile is named by id, external_id, email, phone_number or anonymous_id.");
    }
}
