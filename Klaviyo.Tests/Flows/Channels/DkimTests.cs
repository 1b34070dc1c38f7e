using System.Security.Cryptography;
using Klaviyo.Channels;
using Klaviyo.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.OpenSsl;
using Org.BouncyCastle.Security;

namespace Klaviyo.Tests.Flows.Channels;

// What a server on loopback received, byte for byte, is judged by a verifier that is not ours.
public sealed class DkimTests
{
    private static readonly FlowMessage Message = Some.Message("email", "ada@example.com") with
    {
        Subject = "Grüße ✓ " + new string('x', 200),
        Body = "<p>" + string.Concat(Enumerable.Repeat("ein sehr langer Satz über Größe ", 100)) + "</p>\n.\n..dots \n\n",
        UnsubscribeUrl = "https://shop.example.com/u/abc",
    };

    private static readonly string[] Kinds = ["RSA, PKCS 1", "RSA, PKCS 8", "Ed25519"];

    [TestCaseSource(nameof(Kinds))]
    public async Task Signed_AsReceived_IsVerified_AndNothingThatMattersCanBeChanged(string kind)
    {
        var (pem, key) = MakeKey(kind);
        await using var sink = new SmtpSink();
        await using var channel = new SmtpChannel(Options(sink) with { Dkim = new DkimKey { Domain = "example.com", Selector = "k1", PrivateKey = pem } });
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), async (i, cancel) =>
            Assert.That(await channel.SendAsync(Message with { To = $"ada{i}@example.com" }, cancel), Is.EqualTo(ChannelResult.Delivered)));
        Assert.That(sink.Mails, Has.Count.EqualTo(8));
        foreach (var mail in sink.Mails)
        {
            Assert.That(Verify(mail.Text, key), Is.True);
        }

        var text = sink.Mails[0].Text;
        var signature = MimeMessage.Load(Stream(text)).Headers[HeaderId.DkimSignature];
        Assert.That(signature, Does.Contain("d=example.com").And.Contain("s=k1").And.Contain($"t={Message.At.UnixMs / 1000}"));
        Assert.That(signature.ToUpperInvariant(), Does.Contain("LIST-UNSUBSCRIBE-POST"), "one click counts only where it is signed");
        foreach (var (from, to) in new[]
        {
            ("Subject: ", "Subject: x"), ("From: ", "From: Eve "), ("/u/abc", "/u/abd"), ("One-Click", "Two-Clicks"), ("Content-Type: text/plain", "Content-Type: text/other"),
            ("Date: ", "Date: Tue, "), ("Message-Id: <", "Message-Id: <x"),
        })
        {
            Assert.That(text, Does.Contain(from));
            Assert.That(Verify(text.Replace(from, to, StringComparison.Ordinal), key), Is.False, $"{from} is {to}");
        }

        Assert.That(Verify(text, MakeKey(kind).Public), Is.False, "another key");
    }

    [Test]
    public async Task WithoutAKey_NothingIsSigned()
    {
        await using var sink = new SmtpSink();
        await using var channel = new SmtpChannel(Options(sink));
        await channel.SendAsync(Message, default);
        Assert.That(sink.Mails.Single().Parse().Headers.Contains(HeaderId.DkimSignature), Is.False);
    }

    private static bool Verify(string text, AsymmetricKeyParameter key)
    {
        var message = MimeMessage.Load(Stream(text));
        var verifier = new DkimVerifier(new Dns(key));
        verifier.Enable(DkimSignatureAlgorithm.Ed25519Sha256);
        return verifier.Verify(message, message.Headers[message.Headers.IndexOf(HeaderId.DkimSignature)]);
    }

    private static MemoryStream Stream(string text) => new(System.Text.Encoding.UTF8.GetBytes(text));

    private static (string Pem, AsymmetricKeyParameter Public) MakeKey(string kind)
    {
        if (kind == "Ed25519")
        {
            var generator = new Ed25519KeyPairGenerator();
            generator.Init(new Ed25519KeyGenerationParameters(new SecureRandom()));
            var pair = generator.GenerateKeyPair();
            var text = new StringWriter();
            using var writer = new PemWriter(text);
            writer.WriteObject(pair.Private);
            writer.Writer.Flush();
            return (text.ToString(), pair.Public);
        }

        using var rsa = RSA.Create(2048);
        return (kind == "RSA, PKCS 1" ? rsa.ExportRSAPrivateKeyPem() : rsa.ExportPkcs8PrivateKeyPem(), DotNetUtilities.GetRsaPublicKey(rsa));
    }

    private static SmtpChannelOptions Options(SmtpSink sink) => new()
    {
        Host = "127.0.0.1",
        Port = sink.Port,
        From = "news@example.com",
        Clock = new FakeTimeProvider(Message.At.ToDateTimeOffset()),
        CertificateValidation = (_, certificate, _, _) => certificate?.GetCertHashString() == SmtpSink.Certificate.GetCertHashString(),
    };

    private sealed class Dns(AsymmetricKeyParameter key) : IDkimPublicKeyLocator
    {
        public AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken cancellationToken = default)
        {
            Assert.That((domain, selector), Is.EqualTo(("example.com", "k1")));
            return key;
        }

        public Task<AsymmetricKeyParameter> LocatePublicKeyAsync(
            string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
            Task.FromResult(LocatePublicKey(methods, domain, selector, cancellationToken));
    }
}
