namespace Klaviyo;

/// <summary>The host's page on which people unsubscribe, and the secret with which links to it are signed.</summary>
/// <remarks>
/// <para>Its address stands in mails where a template says <c>{% unsubscribe %}</c> or <c>{% unsubscribe_link %}</c>, and in their header
/// <c>List-Unsubscribe</c>. The page gives the token of the address to <see cref="CustomerPlatform.UnsubscribeAsync"/>: at once for a POST,
/// which is how mail programs do it (RFC 8058), and after a question for a GET, because programs that look for viruses follow links.</para>
/// <para>A token names message, profile and channel, and is signed: 80 bits of an HMAC-SHA256. It has no end, because an old mail must
/// still let people go.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record UnsubscribePage
{
    /// <summary>The place of the token in <see cref="Url"/>.</summary>
    internal const string Place = "{token}";

    private const int SecretLengthMin = 16;

    /// <summary>Gets the address.</summary>
    /// <value>An https URL in which <c>{token}</c> stands for the token: 59 letters and digits.</value>
    public required string Url { get; init; }

    /// <summary>Gets the secret with which tokens are signed.</summary>
    /// <value>At least 16 characters; random ones.</value>
    public required string Secret { get; init; }

    /// <summary>Gets secrets that were used before: what they signed is still good.</summary>
    public IReadOnlyList<string> FormerSecrets { get; init; } = [];

    /// <summary>Tells whether a token was signed here. Needs no store, so a page can refuse what is made up before it asks.</summary>
    /// <param name="token">What came in the address; null where it is missing.</param>
    public bool IsValid(string? token) => UnsubscribeToken.TryRead(this, token, out _);

    /// <summary>Gets the address, and no secret.</summary>
    public override string ToString() => Url;

    /// <summary>Gets the address for a token.</summary>
    internal string UrlOf(string token) => Url.Replace(Place, token, StringComparison.Ordinal);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(FormerSecrets);
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps
            || !Url.Contains(Place, StringComparison.Ordinal))
        {
            throw new ArgumentException($"UnsubscribePage.Url: '{Url}' is not an https URL with {Place} in it.", nameof(Url));
        }

        foreach (var secret in FormerSecrets.Prepend(Secret))
        {
            if (secret is not { Length: >= SecretLengthMin })
            {
                throw new ArgumentException($"UnsubscribePage.Secret: a secret has at least {SecretLengthMin} characters.", nameof(Secret));
            }
        }
    }
}
