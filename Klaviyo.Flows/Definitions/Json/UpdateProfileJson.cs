using System.Globalization;
using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Profile updates from and to JSON.</summary>
internal static class UpdateProfileJson
{
    internal static Step Read(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Optional("data").OrEmpty("what is updated");
        data.Allow("profile_operations", "status");
        return new UpdateProfileStep
        {
            Id = StepNames.IdOf(node),
            Status = ActionField.Status(data),
            Operations = data.Optional("profile_operations") is { IsMissing: false } operations && operations.Items().Count > 0
                ? ValueList.Of(operations.Items().Select(Operation))
                : NoOperations(data),
            Next = names.Link(node, "next"),
        };
    }

    // A draft may have none yet.
    private static ValueList<ProfileOperation> NoOperations(DefinitionNode data)
    {
        data.Optional("profile_operations").Refuse("is missing: what is updated is expected");
        return [];
    }

    internal static void Write(Utf8JsonWriter writer, UpdateProfileStep update)
    {
        if (update.Operations.Count == 0)
        {
            ActionField.WriteStatus(writer, update.Status);
            return;
        }

        writer.WriteStartArray("profile_operations");
        foreach (var operation in update.Operations)
        {
            writer.WriteStartObject();
            Write(writer, operation);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        ActionField.WriteStatus(writer, update.Status);
    }

    private static ProfileOperation Operation(DefinitionNode node)
    {
        node.Allow("operator", "property_type", "property_operation", "property_key", "property_value");
        var op = node.Required("operator");
        var property = PropertyNameJson.Read(node.Required("property_key"));
        return op.Text() switch
        {
            "delete" => Delete(node, property),
            "create" or "update" => Change(node, property),
            var other => throw op.Error($"'{other}' is not an operator: create, update, delete"),
        };
    }

    private static ProfileOperation Delete(DefinitionNode node, string property)
    {
        node.Allow("operator", "property_key");
        return new ProfileOperation(ProfileOperationKind.Delete, property);
    }

    private static ProfileOperation Change(DefinitionNode node, string property)
    {
        var type = node.Required("property_type");
        var value = node.Required("property_value");
        if (type.Text() != "list")
        {
            node.Allow("operator", "property_type", "property_key", "property_value");
        }

        return type.Text() switch
        {
            "string" => Set(property, value.Text()),
            "boolean" => Set(property, value.Boolean()),
            "numeric" => Set(property, value.Number()),
            "date" when value.Text() == "today" => new ProfileOperation(ProfileOperationKind.SetToday, property),
            "date" => Set(property, Date(value)) with { IsDate = true },
            "list" => new ProfileOperation(ListKind(node.Optional("property_operation")), property, value.Text()),
            var other => throw type.Error($"'{other}' is not a type of property: string, boolean, numeric, date, list"),
        };
    }

    private static ProfileOperation Set(string property, PropertyValue value) =>
        new(ProfileOperationKind.Set, property, value);

    private static string Date(DefinitionNode node)
    {
        _ = node.Instant();
        return node.Text();
    }

    private static ProfileOperationKind ListKind(DefinitionNode node)
    {
        return node.IsMissing ? ProfileOperationKind.AddToList : node.Text() switch
        {
            "add" => ProfileOperationKind.AddToList,
            "remove" => ProfileOperationKind.RemoveFromList,
            var other => throw node.Error($"'{other}' is not an operation on a list: add, remove"),
        };
    }

    private static void Write(Utf8JsonWriter writer, ProfileOperation operation)
    {
        if (operation.Kind == ProfileOperationKind.Delete)
        {
            writer.WriteString("operator", "delete");
            writer.WriteString("property_key", PropertyNameJson.TextOf(operation.Property));
            return;
        }

        writer.WriteString("operator", "update");
        writer.WriteString("property_type", TypeOf(operation));
        if (operation.Kind is ProfileOperationKind.AddToList or ProfileOperationKind.RemoveFromList)
        {
            writer.WriteString("property_operation", operation.Kind == ProfileOperationKind.AddToList ? "add" : "remove");
        }

        writer.WriteString("property_key", PropertyNameJson.TextOf(operation.Property));
        writer.WritePropertyName("property_value");
        PropertyJson.Write(writer, operation.Kind == ProfileOperationKind.SetToday ? "today" : operation.Value);
    }

    private static string TypeOf(ProfileOperation operation)
    {
        return operation.Kind switch
        {
            ProfileOperationKind.SetToday => "date",
            ProfileOperationKind.AddToList or ProfileOperationKind.RemoveFromList => "list",
            _ when operation.IsDate => "date",
            _ => operation.Value.Kind switch
            {
                PropertyKind.Boolean => "boolean",
                PropertyKind.Number => "numeric",
                PropertyKind.Instant => "date",
                PropertyKind.String => "string",
                _ => throw new InvalidOperationException(
                    string.Create(CultureInfo.InvariantCulture, $"No JSON for setting a {operation.Value.Kind}.")),
            },
        };
    }
}
