using System.Net;
using System.Text;

namespace Klaviyo.Channels;

/// <summary>Posts messages over HTTP, with the idempotency key in the header <c>Idempotency-Key</c>.</summary>
/// <remarks>
/// <para>2xx is delivered. 408, 425, 429 and 5xx, a broken connection and a timeout are tried again, after
/// <c>Retry-After</c> where the receiver says so. Everything else, redirects among it, has failed.</para>
/// <para>The body is sent as <c>application/json</c>, unless the headers of the step name another <c>Content-Type</c>.</para>
/// </remarks>
/// <param name="client">Sends the requests. It belongs to the host, which disposes it.</param>
/// <param name="clock">Measures the timeout and reads <c>Retry-After</c> dates.</param>
/// <param name="timeout">How long one attempt may take. At least a millisecond.</param>
/// <threadsafety>Calls may overlap.</threadsafety>
public sealed class WebhookChannel(HttpClient client, TimeProvider clock, TimeSpan timeout) : IChannel
{
    /// <inheritdoc/>
    public async ValueTask<ChannelResult> SendAsync(FlowMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!Uri.TryCreate(message.To, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            return ChannelResult.Failed($"'{message.To}' is not an http or https URL.");
        }

        using var request = Request(message, url);
        using var limit = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var response = await client
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token)
                .ConfigureAwait(false);
            return Result(response);
        }
        catch (HttpRequestException exception)
        {
            return ChannelResult.Retry($"The request failed: {exception.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ChannelResult.Retry($"No answer within {timeout.TotalSeconds:0.###} s.");
        }
    }

    private static HttpRequestMessage Request(FlowMessage message, Uri url)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new StringContent(message.Body, Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", message.Key);
        foreach (var (name, value) in message.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content.Headers.Remove(name);
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }

    private ChannelResult Result(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode)
        {
            return ChannelResult.Delivered;
        }

        var reason = $"The receiver answered {(int)response.StatusCode}.";
        var again = response.StatusCode is HttpStatusCode.RequestTimeout or (HttpStatusCode)425 or HttpStatusCode.TooManyRequests
            || (int)response.StatusCode >= 500;
        return again ? ChannelResult.Retry(reason, RetryAfter(response)) : ChannelResult.Failed(reason);
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var after = response.Headers.RetryAfter;
        var wait = after?.Delta ?? (after?.Date - clock.GetUtcNow());
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
