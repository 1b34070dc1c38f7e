using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Klaviyo.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Flows.Channels;

public sealed class ChannelTests
{
    private static readonly FlowMessage Message = Some.Message("webhook", "https://example.com/hook") with
    {
        Subject = "Line\nbreak",
        Body = """{"a": 1}""",
        Headers = new Dictionary<string, string> { ["X-Shop"] = "1", ["Content-Type"] = "text/plain" },
    };

    [TestCase(200, ChannelOutcome.Delivered)]
    [TestCase(204, ChannelOutcome.Delivered)]
    [TestCase(301, ChannelOutcome.Failed)]
    [TestCase(400, ChannelOutcome.Failed)]
    [TestCase(404, ChannelOutcome.Failed)]
    [TestCase(408, ChannelOutcome.Retry)]
    [TestCase(425, ChannelOutcome.Retry)]
    [TestCase(429, ChannelOutcome.Retry)]
    [TestCase(500, ChannelOutcome.Retry)]
    [TestCase(503, ChannelOutcome.Retry)]
    public async Task Webhook_ByStatus(int status, ChannelOutcome expected)
    {
        var (result, request) = await PostAsync(_ => new HttpResponseMessage((HttpStatusCode)status));
        Assert.That(result.Outcome, Is.EqualTo(expected));
        Assert.That(request!.Headers.GetValues("Idempotency-Key"), Is.EqualTo([Message.Key]));
        Assert.That(request.Headers.GetValues("X-Shop"), Is.EqualTo(["1"]));
        Assert.That(request.Content!.Headers.ContentType!.MediaType, Is.EqualTo("text/plain"));
    }

    [Test]
    public async Task Webhook_RetryAfter_IsPassedOn()
    {
        var (seconds, _) = await PostAsync(_ => Busy(new RetryConditionHeaderValue(TimeSpan.FromSeconds(90))));
        Assert.That(seconds.After, Is.EqualTo(TimeSpan.FromSeconds(90)));
        var (date, _) = await PostAsync(_ => Busy(new RetryConditionHeaderValue(Message.At.PlusMs(5000).ToDateTimeOffset())));
        Assert.That(date.After, Is.EqualTo(TimeSpan.FromSeconds(5)));
    }

    [Test]
    public async Task Webhook_BrokenConnectionAndTimeout_AreRetried_BadUrlFails()
    {
        var (broken, _) = await PostAsync(_ => throw new HttpRequestException("reset"));
        Assert.That((broken.Outcome, broken.Reason), Is.EqualTo((ChannelOutcome.Retry, "The request failed: reset")));

        var clock = new FakeTimeProvider(Message.At.ToDateTimeOffset());
        using var client = new HttpClient(new Handler(async (_, cancel) =>
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancel);
            return new HttpResponseMessage();
        }));
        var late = await new WebhookChannel(client, clock, TimeSpan.FromSeconds(10)).SendAsync(Message, default);
        Assert.That((late.Outcome, late.Reason), Is.EqualTo((ChannelOutcome.Retry, "No answer within 10 s.")));

        var strange = await new WebhookChannel(client, clock, TimeSpan.FromSeconds(10)).SendAsync(Message with { To = "mailto:x" }, default);
        Assert.That(strange.Outcome, Is.EqualTo(ChannelOutcome.Failed));
    }

    [Test]
    public async Task File_AppendsOneDocumentALine_AlsoWhenCallsOverlap()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using var channel = new FileChannel(path);
            await Parallel.ForEachAsync(
                Enumerable.Range(0, 50), async (i, cancel) => await channel.SendAsync(Message with { Attempt = i }, cancel));
            var lines = await File.ReadAllLinesAsync(path);
            Assert.That(lines.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("attempt").GetInt32()), Is.EquivalentTo(Enumerable.Range(0, 50)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public async Task Console_WritesALine()
    {
        var output = new StringWriter();
        Assert.That((await new ConsoleChannel(output).SendAsync(Message with { Subject = "Hi" }, default)).Outcome, Is.EqualTo(ChannelOutcome.Delivered));
        Assert.That(output.ToString().TrimEnd(), Is.EqualTo("2026-03-02T09:00:00.000Z webhook to https://example.com/hook: Hi"));
    }

    private static HttpResponseMessage Busy(RetryConditionHeaderValue after)
    {
        var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter = after;
        return response;
    }

    private static async Task<(ChannelResult Result, HttpRequestMessage? Request)> PostAsync(
        Func<HttpRequestMessage, HttpResponseMessage> answer)
    {
        HttpRequestMessage? seen = null;
        using var client = new HttpClient(new Handler((request, _) =>
        {
            seen = request;
            return Task.FromResult(answer(request));
        }));
        var channel = new WebhookChannel(client, new FakeTimeProvider(Message.At.ToDateTimeOffset()), TimeSpan.FromSeconds(10));
        return (await channel.SendAsync(Message, default), seen);
    }

    private sealed class Handler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            answer(request, cancellationToken);
    }
}
