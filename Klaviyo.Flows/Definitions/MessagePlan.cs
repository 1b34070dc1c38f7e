using System.Diagnostics.CodeAnalysis;
using Klaviyo.Flows.Templates;

namespace Klaviyo.Flows.Definitions;

/// <summary>The templates of a message, ready to be filled.</summary>
/// <threadsafety>Immutable.</threadsafety>
internal sealed class MessagePlan
{
    private static readonly PropertyMap Nothing = [];
    private readonly Template _subject;
    private readonly Template _body;
    private readonly OptionPlan _options;
    private readonly bool _readsPerson;
    private readonly bool _readsEvent;
    private readonly string? _broken;

    private MessagePlan(Template subject, Template body, OptionPlan options, string? broken = null)
    {
        _broken = broken;
        _subject = subject;
        _body = body;
        _options = options;
        Template[] all = [subject, body, .. options.Templates];
        _readsPerson = Array.Exists(all, t => t.ReadsPerson);
        _readsEvent = Array.Exists(all, t => t.ReadsEvent);
        ReadsCatalog = Array.Exists(all, t => t.ReadsCatalog);
        ReadsUnsubscribe = Array.Exists(all, t => t.ReadsUnsubscribe);
    }

    /// <summary>Gets whether the message looks custom objects up.</summary>
    internal bool ReadsCatalog { get; }

    private bool ReadsUnsubscribe { get; }

    /// <summary>Reads the templates of a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="templates">The host's templates by id.</param>
    /// <param name="path">Where the step stands.</param>
    /// <param name="hasUnsubscribePage">Whether the host has a page on which people unsubscribe.</param>
    /// <exception cref="DefinitionException">A template is missing or cannot mean anything.</exception>
    internal static MessagePlan Of(
        SendStep step, IReadOnlyDictionary<string, string> templates, string path, bool hasUnsubscribePage)
    {
        var (subject, body) = TextsOf(step, templates, path);
        var plan = new MessagePlan(subject, body, OptionPlan.Of(step.Options, $"{path}.data.message", templates));
        if (!plan.ReadsUnsubscribe)
        {
            return plan;
        }

        return !step.IsToProfile ? throw new DefinitionException(path, "only who gets a message himself unsubscribes by it")
            : !hasUnsubscribePage ? throw new DefinitionException(path, "the options name no page on which people unsubscribe")
            : plan;
    }

    private static (Template Subject, Template Body) TextsOf(
        SendStep step, IReadOnlyDictionary<string, string> templates, string path)
    {
        var message = $"{path}.data.message";
        return step switch
        {
            SendEmailStep email => (
                Template.Parse(email.SubjectLine, TemplateEscape.None, $"{message}.subject_line", templates),
                EmailBody(email.Body, email.TemplateId, templates, message)),
            SendSmsStep sms => (
                Template.Parse("", TemplateEscape.None, message),
                Template.Parse(sms.Body, TemplateEscape.None, $"{message}.body", templates)),
            SendWebhookStep webhook => (
                Template.Parse("", TemplateEscape.None, message),
                Template.Parse(webhook.Body ?? "", TemplateEscape.Json, $"{message}.body", templates)),
            SendPushStep push => (
                Template.Parse(push.Title ?? "", TemplateEscape.None, $"{message}.title", templates),
                Template.Parse(push.Body, TemplateEscape.None, $"{message}.body", templates)),
            SendWhatsAppStep text => (
                Template.Parse("", TemplateEscape.None, message),
                Template.Parse(text.Body, TemplateEscape.None, $"{message}.body", templates)),
            SendInternalAlertStep alert => (
                Template.Parse(alert.SubjectLine, TemplateEscape.None, $"{message}.subject_line", templates),
                EmailBody(alert.Body, alert.TemplateId, templates, message)),
            CodeStep code => (
                Template.Parse("", TemplateEscape.None, message),
                Template.Parse(code.Body ?? "", TemplateEscape.Json, $"{path}.data.body", templates)),
            _ => throw new InvalidOperationException($"Unknown message step {step.Type}."),
        };
    }

    /// <summary>Makes the plan of a message that cannot be rendered.</summary>
    /// <param name="reason">Why not.</param>
    internal static MessagePlan Broken(string reason)
    {
        var empty = Template.Parse("", TemplateEscape.None, "$");
        return new MessagePlan(empty, empty, OptionPlan.None, reason);
    }

    /// <summary>Fills the templates.</summary>
    /// <param name="context">The run and its facts, as of the instant of the decision.</param>
    /// <param name="message">Subject, body and options.</param>
    /// <param name="error">Why there is no text.</param>
    internal bool TryRender(
        in StepContext context,
        out (string Subject, string Body, PropertyMap Options) message,
        [NotNullWhen(false)] out string? error) =>
        TryRender(context, null, out message, out error);

    /// <summary>Fills the templates, and notes where there was nothing to put in.</summary>
    internal bool TryRender(
        in StepContext context,
        List<TemplateEmptyPlace>? empty,
        out (string Subject, string Body, PropertyMap Options) message,
        [NotNullWhen(false)] out string? error)
    {
        message = default;
        error = _broken;
        if (error is not null)
        {
            return false;
        }

        var data = Data(context);
        if (!_subject.TryRender(data, empty, out var subject, out error)
            || !_body.TryRender(data, empty, out var body, out error)
            || !_options.TryRender(data, empty, out var options, out error))
        {
            return false;
        }

        message = (subject, body, options);
        return true;
    }

    private TemplateData Data(in StepContext context)
    {
        var (facts, at) = (context.Facts, context.At);
        return new TemplateData(
            _readsPerson ? facts.Properties(at) : Nothing,
            _readsEvent ? facts.Trigger?.Properties ?? Nothing : Nothing)
        {
            Variables = context.Variables,
            At = at,
            Zone = ProfileZones.Of(context),
            UnsubscribeUrl = context.UnsubscribeUrl ?? "",
            Catalog = (type, key) => facts.Object(type, key, at),
        };
    }

    private static Template EmailBody(
        string? body, string? templateId, IReadOnlyDictionary<string, string> templates, string path)
    {
        if (body is not null)
        {
            return Template.Parse(body, TemplateEscape.Html, $"{path}.body", templates);
        }

        if (templateId is not { } id)
        {
            throw new DefinitionException(path, "a message has a body or a template_id");
        }

        return templates.TryGetValue(id, out var source)
            ? Template.Parse(source, TemplateEscape.Html, $"{path}.template_id", templates)
            : throw new DefinitionException($"{path}.template_id", $"the options hold no template '{id}'");
    }
}
