namespace Klaviyo.Channels;

/// <summary>How a <see cref="HttpProviderChannel"/> hands messages to a provider. Checked once, when it is made.</summary>
/// <remarks>The defaults are those of Twilio's messages, for texts; with <see cref="ToPrefix"/> <c>whatsapp:</c> for WhatsApp.</remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record HttpProviderOptions
{
    /// <summary>Gets the URL to post to: absolute, http or https.</summary>
    public required Uri Url { get; init; }

    /// <summary>Gets the name for basic authentication: Twilio's account or key.</summary>
    /// <value>The default is null: without.</value>
    public string? UserName { get; init; }

    /// <summary>Gets the password that belongs to <see cref="UserName"/>.</summary>
    public string Password { get; init; } = "";

    /// <summary>Gets who sends: a number, a name, or what the provider calls it.</summary>
    /// <value>Empty leaves the field out: <see cref="Fields"/> may name a sender of another kind.</value>
    public string From { get; init; } = "";

    /// <summary>Gets what stands before the address of sender and receiver: <c>whatsapp:</c>.</summary>
    public string ToPrefix { get; init; } = "";

    /// <summary>Gets the field that takes the receiver.</summary>
    public string ToField { get; init; } = "To";

    /// <summary>Gets the field that takes the sender.</summary>
    public string FromField { get; init; } = "From";

    /// <summary>Gets the field that takes the text.</summary>
    public string BodyField { get; init; } = "Body";

    /// <summary>Gets the field that takes the subject: the title of a push message.</summary>
    /// <value>The default is null: it is not sent.</value>
    public string? SubjectField { get; init; }

    /// <summary>Gets fields that every request has, in which <c>{key}</c> and <c>{token}</c> are replaced by those of the message.</summary>
    /// <value>E.g. <c>StatusCallback</c>: <c>https://shop.example.com/sms/{token}</c>.</value>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets how long one attempt may take.</summary>
    /// <value>The default is 10 seconds. At least a millisecond.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets what measures the timeout and reads <c>Retry-After</c> dates.</summary>
#pragma warning disable RS0030 // The one place where the system's clock is named: the default that a host gets.
    public TimeProvider Clock { get; init; } = TimeProvider.System;
#pragma warning restore RS0030

    /// <summary>Gets the URL, and no password.</summary>
    public override string ToString() => Url.ToString();

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Url);
        ArgumentNullException.ThrowIfNull(Fields);
        ArgumentNullException.ThrowIfNull(Clock);
        ArgumentException.ThrowIfNullOrEmpty(ToField);
        ArgumentException.ThrowIfNullOrEmpty(FromField);
        ArgumentException.ThrowIfNullOrEmpty(BodyField);
        ArgumentOutOfRangeException.ThrowIfLessThan(Timeout, TimeSpan.FromMilliseconds(1));
        if (!Url.IsAbsoluteUri || Url.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"Url: '{Url}' is not an absolute http or https URL.", nameof(Url));
        }
    }
}
