using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Klaviyo's internal services from and to JSON: the one that tracks an event runs, the others are Klaviyo's reports.</summary>
internal static class InternalServiceJson
{
    internal static Step Read(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Optional("data").OrEmpty("the service");
        data.Allow("service_configuration", "status");
        var service = data.Optional("service_configuration").OrEmpty("the service");
        var type = service.Optional("service_method_type");
        if (!type.IsMissing && type.Text() == "track-event")
        {
            return ReadTrack(node, names, data, service);
        }

        if (!type.IsMissing)
        {
            type.Refuse($"the internal service '{type.Text()}' is Klaviyo's own and has no meaning here: track-event");
        }

        return new ForeignStep("internal-service", data.Element.GetRawText())
        {
            Id = StepNames.IdOf(node),
            Next = names.Link(node, "next"),
        };
    }

    internal static void Write(Utf8JsonWriter writer, TrackEventStep track)
    {
        writer.WriteStartObject("service_configuration");
        writer.WriteString("service_method_type", "track-event");
        writer.WriteString("event_key", track.Metric);
        writer.WriteStartObject("event_payload");
        foreach (var assignment in track.Properties)
        {
            writer.WritePropertyName(assignment.Name);
            PropertyJson.Write(writer, assignment.Source.Value);
        }

        writer.WriteEndObject();
        ActionField.WriteText(writer, "tracking_company_id", track.Company);
        writer.WriteEndObject();
        ActionField.WriteStatus(writer, track.Status);
    }

    private static TrackEventStep ReadTrack(DefinitionNode node, StepNames names, DefinitionNode data, DefinitionNode service)
    {
        service.Allow("service_method_type", "event_key", "event_payload", "tracking_company_id");
        var company = service.Optional("tracking_company_id");
        if (!company.IsMissing)
        {
            company.Refuse("an event of another company cannot be tracked here");
        }

        var payload = service.Optional("event_payload");
        return new TrackEventStep
        {
            Id = StepNames.IdOf(node),
            IsInternalService = true,
            Metric = MessageField.Text(service, "event_key"),
            Properties = payload.IsMissing
                ? []
                : ValueList.Of(payload.Map().Select(p => new Assignment(p.Key, ValueSource.Given(p.Value)))),
            Company = company.IsMissing ? null : company.Text(),
            Status = ActionField.Status(data),
            Next = names.Link(node, "next"),
        };
    }
}
