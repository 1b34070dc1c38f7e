using System.Net;
using System.Text;
using Klaviyo.Channels;
using Klaviyo.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Flows.Channels;

// Against a real receiver on loopback.
public sealed class HttpChannelTests
{
    private static readonly FlowMessage Message = Some.Message("sms", "+4930123456") with
    {
        Subject = "Title",
        Body = "Grüße & 5 < 6",
    };

    private readonly FakeTimeProvider _clock = new(Message.At.ToDateTimeOffset());

    [Test]
    public async Task Webhook_IsSigned_AndWhoeverKnowsTheSecretCanTell()
    {
        await using var sink = new HttpSink();
        using var channel = new WebhookChannel(new WebhookOptions { Secret = "s3cret", Clock = _clock });
        var headers = new Dictionary<string, string> { ["X-Shop"] = "1", ["Idempotency-Key"] = "forged", [WebhookSignature.Header] = "forged" };
        var result = await channel.SendAsync(Message with { To = sink.Url.ToString(), Body = """{"a": "ü"}""", Headers = headers }, default);

        Assert.That(result.Outcome, Is.EqualTo(ChannelOutcome.Delivered), result.Reason);
        var request = sink.Requests.Single();
        Assert.That((request.Method, request.Text, request.Headers["X-Shop"]), Is.EqualTo(("POST", """{"a": "ü"}""", "1")));
        Assert.That(request.Headers["Content-Type"], Is.EqualTo("application/json; charset=utf-8"));
        Assert.That(request.Headers["Idempotency-Key"], Is.EqualTo(Message.Key));
        var header = request.Headers[WebhookSignature.Header];
        Assert.That(header, Does.StartWith($"t={Message.At.UnixMs / 1000},v1="));
        bool IsValid(string secret, byte[] body, string? value, double minutesLater) =>
            WebhookSignature.IsValid(secret, body, value, Message.At.Plus(TimeSpan.FromMinutes(minutesLater)), TimeSpan.FromMinutes(5));
        Assert.That(IsValid("s3cret", request.Body, header, 5), Is.True);
        Assert.That(IsValid("s3cret", request.Body, header, 5.1), Is.False);
        Assert.That(IsValid("s3cret", request.Body, header, -5.1), Is.False);
        Assert.That(IsValid("other", request.Body, header, 0), Is.False);
        Assert.That(IsValid("s3cret", [.. request.Body, 32], header, 0), Is.False);
        foreach (var wrong in new[] { null, "", "t=", "t=1,v1=", header + "0", header.Replace("v1=", "v2="), header.ToUpperInvariant(), "t=99999999999999999,v1=" + new string('a', 64) })
        {
            Assert.That(IsValid("s3cret", request.Body, wrong, 0), Is.False, wrong);
        }
    }

    // A header that breaks the frame of the request, or is none, is no matter of trying again; ours is ours.
    [TestCase("X Key", "1", "'X Key' is not the name of a header")]
    [TestCase("", "1", "'' is not the name of a header")]
    [TestCase("X-Key", "a\r\nInjected: 1", "the value of the header 'X-Key' is not visible ASCII")]
    [TestCase("Content-Type", "text/plain\r\nX: 1", "the value of the header 'Content-Type' is not visible ASCII")]
    [TestCase("content-length", "3", "the header 'content-length' is set by the channel")]
    [TestCase("Transfer-Encoding", "chunked", "the header 'Transfer-Encoding' is set by the channel")]
    [TestCase("Host", "other.example", "the header 'Host' is set by the channel")]
    public async Task Webhook_WithAHeaderThatCannotBeSent_HasFailed(string name, string value, string reason)
    {
        await using var sink = new HttpSink();
        using var channel = new WebhookChannel(new WebhookOptions { Clock = _clock });
        var result = await channel.SendAsync(Message with { To = sink.Url.ToString(), Headers = new Dictionary<string, string> { [name] = value } }, default);
        Assert.That((result.Outcome, sink.Requests.Count), Is.EqualTo((ChannelOutcome.Failed, 0)));
        Assert.That(result.Reason, Does.Contain(reason));
    }

    [Test]
    public async Task Webhook_WithoutASecret_CarriesNoSignatureOfADefinition()
    {
        await using var sink = new HttpSink();
        using var channel = new WebhookChannel(new WebhookOptions { Clock = _clock });
        var headers = new Dictionary<string, string> { [WebhookSignature.Header.ToLowerInvariant()] = "t=1,v1=00", ["content-type"] = "text/plain" };
        await channel.SendAsync(Message with { To = sink.Url.ToString(), Headers = headers }, default);
        var sent = sink.Requests.Single().Headers;
        Assert.That((sent.ContainsKey(WebhookSignature.Header), sent["Content-Type"]), Is.EqualTo((false, "text/plain")));
    }

    // RFC 4231 has no case with a dot in front: the expected value was made with openssl dgst -sha256 -hmac key.
    [Test]
    public void Signature_IsTheHmacOfSecondsAndBody() =>
        Assert.That(
            WebhookSignature.Of("key", "body"u8, Instant.FromUnixMs(1_700_000_000_999)),
            Is.EqualTo("t=1700000000,v1=47b6ce0fca59474308e2921c247cb2493dce6b8101d90ac05bd0c6a37d0e046e"));

    [Test]
    public async Task Webhook_RedirectsAreNotFollowed_BusyReceiversAreTriedAgain()
    {
        await using var sink = new HttpSink();
        using var channel = new WebhookChannel(new WebhookOptions { Clock = _clock });
        var message = Message with { To = sink.Url.ToString() };
        sink.Answer = _ => (302, "", [("Location", "http://127.0.0.1:1/")]);
        Assert.That((await channel.SendAsync(message, default)).Outcome, Is.EqualTo(ChannelOutcome.Failed));
        sink.Answer = _ => (503, "", [("Retry-After", "120")]);
        Assert.That((await channel.SendAsync(message, default)).After, Is.EqualTo(TimeSpan.FromMinutes(2)));
    }

    [Test]
    public async Task Provider_GetsAFormWithTheKey_AndSaysWhatItCallsTheMessage()
    {
        await using var sink = new HttpSink { Answer = _ => (201, """{"sid":"SM1","status":"queued","error_code":null}""", []) };
        using var channel = new HttpProviderChannel(Options(sink) with
        {
            ToPrefix = "whatsapp:",
            SubjectField = "Title",
            Fields = new Dictionary<string, string> { ["StatusCallback"] = "https://shop.example/{key}" },
        });
        var result = await channel.SendAsync(Message, default);

        Assert.That((result.Outcome, result.ProviderId), Is.EqualTo((ChannelOutcome.Delivered, "SM1")), result.Reason);
        var request = sink.Requests.Single();
        var fields = request.Text.Split('&').Select(f => WebUtility.UrlDecode(f)).ToList();
        Assert.That(fields, Is.EqualTo(new[]
        {
            "To=whatsapp:+4930123456", "From=whatsapp:+4930999", "Title=Title", "Body=Grüße & 5 < 6", $"StatusCallback=https://shop.example/{Message.Key}",
        }));
        Assert.That(request.Headers["Authorization"], Is.EqualTo("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("AC1:token"))));
        Assert.That(request.Headers["Idempotency-Key"], Is.EqualTo(Message.Key));
        Assert.That(request.Headers["Content-Type"], Is.EqualTo("application/x-www-form-urlencoded"));
    }

    [TestCase(201, """{"sid":"S","status":"failed","error_code":30003,"error_message":"Unreachable"}""", ChannelOutcome.Failed, "30003 Unreachable")]
    [TestCase(400, """{"code":21211,"message":"No such number","status":400}""", ChannelOutcome.Failed, "21211 No such number")]
    [TestCase(401, """{"code":20003,"message":"Authenticate"}""", ChannelOutcome.Retry, "20003 Authenticate")]
    [TestCase(403, "", ChannelOutcome.Retry, "403")]
    [TestCase(429, """{"code":20429,"message":"Too many"}""", ChannelOutcome.Retry, "20429 Too many")]
    [TestCase(500, "<html>", ChannelOutcome.Retry, "500")]
    [TestCase(200, "ok", ChannelOutcome.Delivered, "")]
    [TestCase(200, "[1]", ChannelOutcome.Delivered, "")]
    [TestCase(201, """{"sid":"\ud800","status":"\ud800"}""", ChannelOutcome.Delivered, "")]
    [TestCase(201, """{"\ud800":1,"sid":"SM1"}""", ChannelOutcome.Delivered, "")]
    [TestCase(400, """{"code":21211,"message":"\udc00"}""", ChannelOutcome.Failed, "21211")]
    public async Task Provider_ByAnswer(int status, string body, ChannelOutcome expected, string reason)
    {
        await using var sink = new HttpSink { Answer = _ => (status, body, []) };
        using var channel = new HttpProviderChannel(Options(sink));
        var result = await channel.SendAsync(Message, default);
        Assert.That(result.Outcome, Is.EqualTo(expected), result.Reason);
        Assert.That(result.Reason, Does.Contain(reason));
    }

    [Test]
    public async Task Provider_AnswersWithATextThatIsNotUtf8_HasTaken()
    {
        await using var sink = new HttpSink { Encoding = Encoding.Latin1, Answer = _ => (201, """{"sid":"SM1","status":"übernommen"}""", []) };
        using var channel = new HttpProviderChannel(Options(sink));
        var result = await channel.SendAsync(Message, default);
        Assert.That((result.Outcome, result.ProviderId), Is.EqualTo((ChannelOutcome.Delivered, "SM1")), result.Reason);
    }

    [Test]
    public async Task Provider_NobodyListens_IsARetry()
    {
        Uri url;
        await using (var sink = new HttpSink())
        {
            url = sink.Url;
        }

        using var channel = new HttpProviderChannel(new HttpProviderOptions { Url = url });
        Assert.That((await channel.SendAsync(Message, default)).Outcome, Is.EqualTo(ChannelOutcome.Retry));
    }

    [Test]
    public void Options_OutOfRange_AreRefused()
    {
        Assert.That(() => new HttpProviderChannel(new HttpProviderOptions { Url = new Uri("ftp://x") }), Throws.ArgumentException);
        Assert.That(() => new WebhookChannel(new WebhookOptions { Secret = "" }), Throws.ArgumentException);
        Assert.That(() => new WebhookChannel(new WebhookOptions { Timeout = TimeSpan.Zero }), Throws.InstanceOf<ArgumentException>());
    }

    private HttpProviderOptions Options(HttpSink sink) => new()
    {
        Url = sink.Url,
        UserName = "AC1",
        Password = "token",
        From = "+4930999",
        Clock = _clock,
    };
}
