using Klaviyo.Channels;

namespace Klaviyo.Tests.Flows.Channels;

/// <summary>Options are written to logs by hosts; what they keep secret is not.</summary>
internal sealed class SecretTests
{
    private const string Secret = "correct-horse-battery-staple";

    private static IEnumerable<object> Options()
    {
        yield return new WebhookOptions { Secret = Secret };
        yield return new SmtpChannelOptions { Host = "mail.example.com", From = "shop@example.com", UserName = "shop", Password = Secret };
        yield return new HttpProviderOptions { Url = new Uri("https://sms.example.com/send"), UserName = "shop", Password = Secret };
        yield return new DkimKey { Domain = "example.com", Selector = "a", PrivateKey = Secret };
        yield return new UnsubscribePage { Url = "https://example.com/u/{token}", Secret = Secret, FormerSecrets = [Secret] };
    }

    [TestCaseSource(nameof(Options))]
    public void ToString_OfOptionsWithASecret_DoesNotTellIt(object options)
    {
        Assert.That(options.ToString(), Is.Not.Empty.And.Not.Contains(Secret));
    }
}
