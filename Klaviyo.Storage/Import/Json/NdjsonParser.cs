using System.Text.Json;
using Klaviyo.Json;
using Klaviyo.Storage.Export;

namespace Klaviyo.Storage.Import;

/// <summary>Reads the lines of an export: see <see cref="ExportLine"/>.</summary>
internal sealed class NdjsonParser() : MessageParser(backfill: true)
{
    private static readonly string[] StatusNames = Enum.GetNames<ConsentStatus>();
    private static readonly ConsentStatus[] Statuses = Enum.GetValues<ConsentStatus>();

    private NdjsonLine _line;

    protected override void ParseDocument(ref Utf8JsonReader reader, JsonInput input, ImportBatch batch)
    {
        var start = reader;
        var read = TryReadLine(ref reader);
        if (!read)
        {
            reader = start;
            reader.Skip();
        }

        if (read && TryMakeWrite(out var write) && IsWithinLimits(write, input.Text.Length))
        {
            batch.Add(new ImportItem(input.Line, write, null, EndsRecord: true), input.Text);
            return;
        }

        batch.Refuse(new Rejection(input.Line, Refusal.Field, Refusal.Reason), input.Text);
    }

    private bool TryReadLine(ref Utf8JsonReader reader)
    {
        _line = default;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return Refusal.Set("", "A line of an export is an object.");
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
            "type" => TryReadCommonText(ref reader, name, out _line.Type),
            "profile" => TryReadText(ref reader, name, out _line.Profile),
            "source" => TryReadText(ref reader, name, out _line.Source),
            "object" => TryReadText(ref reader, name, out _line.Object),
            "name" => TryReadCommonText(ref reader, name, out _line.Name),
            "channel" => TryReadCommonText(ref reader, name, out _line.Channel),
            "status" => TryReadCommonText(ref reader, name, out _line.Status),
            "method" => TryReadCommonText(ref reader, name, out _line.Method),
            "list" => TryReadCommonText(ref reader, name, out _line.List),
            "metric" => TryReadCommonText(ref reader, name, out _line.Metric),
            "unique_id" => TryReadText(ref reader, name, out _line.UniqueId),
            "member" or "related" => TryReadBoolean(ref reader, name, out _line.Flag),
            "value" => TryReadNumber(ref reader, name, out _line.Value),
            "time" => TryReadTime(ref reader, name, out _line.Time),
            "received" => TryReadTime(ref reader, name, out _line.Received),
            "properties" => TryReadMap(ref reader, name, 0, out _line.Properties),
            "identifiers" => TryReadIdentifiers(ref reader),
            "definition" => TryReadText(ref reader, name, out _line.Definition),
            _ => PassOver(ref reader),
        };
    }

    private static bool PassOver(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return true;
    }

    private bool TryReadIdentifiers(ref Utf8JsonReader reader)
    {
        _line.Identifiers = [];
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return Refusal.Set("identifiers", "A list of KIND:VALUE is expected.");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!TryReadText(ref reader, "identifiers", out var text) || !TryIdentify(text, "identifiers", out var identifier))
            {
                return false;
            }

            _line.Identifiers.Add(identifier);
        }

        return true;
    }

    private bool TryMakeWrite(out CustomerWrite write)
    {
        write = null!;
        return _line.Type switch
        {
            ExportLine.Segment => TryMakeSegment(out write),
            ExportLine.Profile => TryMakeProfile(out write),
            null => Refusal.Set("type", "A line of an export has a type."),
            _ => TryIdentify(_line.Profile, "profile", out var profile) && TryMakeWrite([profile], out write),
        };
    }

    private bool TryMakeWrite(Identifier[] profile, out CustomerWrite write)
    {
        write = null!;
        var (type, time) = (_line.Type, _line.Time);
        switch (type)
        {
            case ExportLine.Identifiers:
                write = new RestoredIdentifiers { Profile = profile, Time = time, Added = _line.Identifiers ?? [] };
                return true;
            case ExportLine.Properties:
                write = new ProfileWrite { Profile = profile, Time = time, Properties = Restored() };
                return true;
            case ExportLine.Consent:
                return TryMakeConsent(profile, out write);
            case ExportLine.List:
                write = new ListWrite { Profile = profile, Time = time, List = _line.List ?? "", Member = _line.Flag };
                return !string.IsNullOrEmpty(_line.List) || Refusal.Set("list", "A list has a name.");
            case ExportLine.Event:
                write = MakeEvent(profile);
                return true;
            case ExportLine.Merge:
                var named = TryIdentify(_line.Source, "source", out var source);
                write = new RestoredMerge { Profile = profile, Time = time, Source = source };
                return named;
            case ExportLine.Relation:
                var related = TryIdentify(_line.Object, "object", out var other);
                write = new RelationWrite
                {
                    Profile = profile,
                    Time = time,
                    Object = other,
                    Name = _line.Name ?? "",
                    Related = _line.Flag,
                };
                return related;
            default:
                return Refusal.Set("type", $"'{type}' is not a type of line of this version.");
        }
    }

    private bool TryMakeProfile(out CustomerWrite write)
    {
        write = new ProfileWrite { Profile = _line.Identifiers?.ToArray() ?? [], Time = _line.Time };
        return write.Profile.Count > 0 || Refusal.Set("identifiers", "A profile has an identifier.");
    }

    private bool TryMakeConsent(Identifier[] profile, out CustomerWrite write)
    {
        // By name only: Enum.TryParse takes numbers and lists of names as well.
        var status = Array.IndexOf(StatusNames, _line.Status);
        write = new ConsentWrite
        {
            Profile = profile,
            Time = _line.Time,
            Channel = _line.Channel ?? "",
            Status = status < 0 ? default : Statuses[status],
            Method = _line.Method ?? "",
        };
        return (status >= 0 && !string.IsNullOrEmpty(_line.Channel))
            || Refusal.Set(status < 0 ? "status" : "channel", "A consent has a channel and a status.");
    }

    private CustomerEvent MakeEvent(Identifier[] profile)
    {
        return new CustomerEvent
        {
            Profile = profile,
            Time = _line.Time,
            Received = _line.Received,
            Metric = _line.Metric ?? "",
            Value = _line.Value,
            UniqueId = _line.UniqueId,
            Properties = Restored(),
            Backfill = Backfill,
        };
    }

    private bool TryMakeSegment(out CustomerWrite write)
    {
        write = null!;
        if (string.IsNullOrEmpty(_line.Name))
        {
            return Refusal.Set("name", "A segment has a name.");
        }

        try
        {
            _ = SegmentJson.Parse(_line.Definition ?? "");
        }
        catch (DefinitionException wrong)
        {
            return Refusal.Set("definition", wrong.Message);
        }

        write = new RestoredSegment { Profile = [], Name = _line.Name, Definition = _line.Definition! };
        return true;
    }

    private PropertyMap Restored() => _line.Properties is null ? [] : ExportedValue.Restore(_line.Properties);

    private bool TryIdentify(string? text, string field, out Identifier identifier)
    {
        identifier = default;
        try
        {
            identifier = Identifier.Parse(text ?? "");
            return true;
        }
        catch (ArgumentException wrong)
        {
            return Refusal.Set(field, wrong.Message);
        }
    }
}
