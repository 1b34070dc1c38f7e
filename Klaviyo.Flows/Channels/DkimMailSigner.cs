using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.OpenSsl;

namespace Klaviyo.Channels;

/// <summary>Signs mails.</summary>
/// <threadsafety>Calls may overlap.</threadsafety>
internal sealed class DkimMailSigner : DkimSigner
{
    // What a reader sees, and what RFC 8058 wants signed for one click to unsubscribe. A header that a mail does not have is left out.
    private static readonly HeaderId[] Signed =
    [
        HeaderId.From, HeaderId.To, HeaderId.Cc, HeaderId.ReplyTo, HeaderId.Subject, HeaderId.Date, HeaderId.MessageId,
        HeaderId.MimeVersion, HeaderId.ListUnsubscribe, HeaderId.ListUnsubscribePost,
    ];

    private readonly TimeProvider _clock;

    private DkimMailSigner(AsymmetricKeyParameter key, DkimKey options, TimeProvider clock)
        : base(
            key,
            options.Domain,
            options.Selector,
            key is Ed25519PrivateKeyParameters ? DkimSignatureAlgorithm.Ed25519Sha256 : DkimSignatureAlgorithm.RsaSha256)
    {
        _clock = clock;
        HeaderCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed;
        BodyCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed;
    }

    /// <summary>Makes what signs with a key.</summary>
    /// <exception cref="ArgumentException">The key cannot be read, or domain or selector are missing.</exception>
    internal static DkimMailSigner Of(DkimKey options, TimeProvider clock)
    {
        ArgumentException.ThrowIfNullOrEmpty(options.Domain, "Dkim.Domain");
        ArgumentException.ThrowIfNullOrEmpty(options.Selector, "Dkim.Selector");
        return new DkimMailSigner(Read(options.PrivateKey), options, clock);
    }

    /// <summary>Signs a mail as it will be sent.</summary>
    internal void Sign(MimeMessage mail)
    {
        // Seven bits, so that no server on the way has to encode anew what is signed.
        mail.Prepare(EncodingConstraint.SevenBit);
        Sign(mail, [.. Signed.Where(mail.Headers.Contains)]);
    }

    /// <inheritdoc/>
    protected override long GetTimestamp() => _clock.GetUtcNow().ToUnixTimeSeconds();

    private static AsymmetricKeyParameter Read(string pem)
    {
        object? read;
        try
        {
            using var reader = new PemReader(new StringReader(pem));
            read = reader.ReadObject();
        }
        catch (Exception failure) when (failure is IOException or PemException or ArgumentException or InvalidCastException or FormatException)
        {
            throw new ArgumentException($"Dkim.PrivateKey: it is no PEM. {failure.Message}", nameof(pem), failure);
        }

        return read switch
        {
            AsymmetricCipherKeyPair { Private: RsaKeyParameters or Ed25519PrivateKeyParameters } pair => pair.Private,
            RsaKeyParameters { IsPrivate: true } or Ed25519PrivateKeyParameters => (AsymmetricKeyParameter)read,
            _ => throw new ArgumentException("Dkim.PrivateKey: a private RSA or Ed25519 key in PEM is expected.", nameof(pem)),
        };
    }
}
