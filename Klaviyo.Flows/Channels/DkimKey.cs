namespace Klaviyo.Channels;

/// <summary>The key with which mails are signed, so that who gets them can tell that the domain sent them (DKIM, RFC 6376).</summary>
/// <remarks>
/// The public key stands in the DNS, as a TXT record of <c>SELECTOR._domainkey.DOMAIN</c>. Providers ask that the domain be that of the
/// sender's address.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record DkimKey
{
    /// <summary>Gets the domain that signs, e.g. <c>example.com</c>.</summary>
    public required string Domain { get; init; }

    /// <summary>Gets the name of the key in the DNS, e.g. <c>2026-11</c>.</summary>
    public required string Selector { get; init; }

    /// <summary>Gets the private key as PEM: RSA, signed as <c>rsa-sha256</c>, or Ed25519, signed as <c>ed25519-sha256</c>.</summary>
    public required string PrivateKey { get; init; }

    /// <summary>Gets the name of the public key in the DNS, and nothing of the private one.</summary>
    public override string ToString() => $"{Selector}._domainkey.{Domain}";
}
