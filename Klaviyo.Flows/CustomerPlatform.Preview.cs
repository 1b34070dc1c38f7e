using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.Templates;
using Klaviyo.Json;

namespace Klaviyo;

public sealed partial class CustomerPlatform
{
    /// <summary>Renders a message for a profile. Sends nothing and changes nothing.</summary>
    /// <param name="definition">Any definition; it need not be defined in this store.</param>
    /// <param name="step">The id of a step of it that sends.</param>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <param name="happened">The properties of the event that would have started the run; null for none.</param>
    /// <param name="asOf">The instant T as of which it is rendered; null for the clock's now.</param>
    /// <returns>The texts, and the places that stayed empty; null where no profile has the identifier.</returns>
    /// <remarks>Whether the profile may be written to is not looked at.</remarks>
    /// <exception cref="DefinitionException">The definition cannot mean anything; path and message say where and why.</exception>
    /// <exception cref="ArgumentException">The definition has no such step that sends.</exception>
    public MessagePreview? PreviewMessage(
        FlowDefinition definition, string step, Identifier profile, PropertyMap? happened = null, Instant? asOf = null)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(step);
        var version = Check(FlowJson.Write(definition), definition.Name);
        var number = Enumerable.Range(0, version.StepCount)
            .FirstOrDefault(i => version.Step(i) is SendStep && version.Step(i).Id == step, -1);
        if (number < 0)
        {
            throw new ArgumentException($"The flow '{definition.Name}' has no step '{step}' that sends.", nameof(step));
        }

        if (!Store.TryFind(profile, out var lane, out var ordinal))
        {
            return null;
        }

        MessagePreview? preview = null;
        var unsubscribe = _options.Unsubscribe?.UrlOf("preview");
        Store.Run(lane, scope => preview = Preview(
            new StepContext(LaneFacts.Of(scope, ordinal, happened ?? []), asOf ?? scope.Now, asOf ?? scope.Now, version.Message(number))
            {
                UnsubscribeUrl = unsubscribe,
            },
            (SendStep)version.Step(number)));
        return preview;
    }

    private static MessagePreview Preview(in StepContext context, SendStep step)
    {
        var empty = new List<TemplateEmptyPlace>();
        var (rendered, text, error) = (false, (Subject: "", Body: "", Options: new PropertyMap()), default(string));
        try
        {
            rendered = context.Message!.TryRender(context, empty, out text, out error);
        }
        catch (TemplateBoundException bound)
        {
            error = bound.Message;
        }

        return new MessagePreview
        {
            Channel = step.Channel,
            To = step.Address(context.Facts) ?? "",
            Subject = rendered ? text.Subject : "",
            Body = rendered ? text.Body : "",
            Options = rendered ? text.Options : [],
            Empty = empty,
            Error = error ?? "",
        };
    }
}
