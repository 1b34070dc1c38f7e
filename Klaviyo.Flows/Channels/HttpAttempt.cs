using System.Globalization;
using System.Net;

namespace Klaviyo.Channels;

/// <summary>One request, with a timeout, and what its status means.</summary>
/// <param name="client">Sends it.</param>
/// <param name="clock">Measures the timeout and reads <c>Retry-After</c> dates.</param>
/// <param name="timeout">How long it may take, reading the answer included.</param>
/// <threadsafety>Calls may overlap.</threadsafety>
internal sealed class HttpAttempt(HttpClient client, TimeProvider clock, TimeSpan timeout)
{
    /// <summary>Makes a client for hosts that bring none: connections are shared, and renewed so that changed addresses are found.</summary>
    internal static HttpClient MakeClient()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        };
        return new HttpClient(handler, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends a request; what goes wrong on the way is tried again.</summary>
    internal async ValueTask<ChannelResult> SendAsync(
        HttpRequestMessage request,
        Func<HttpResponseMessage, CancellationToken, ValueTask<ChannelResult>> read,
        CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var response = await client
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token)
                .ConfigureAwait(false);
            return await read(response, either.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException exception)
        {
            return ChannelResult.Retry($"The request failed: {exception.Message}");
        }
        catch (IOException exception)
        {
            return ChannelResult.Retry($"The answer broke off: {exception.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ChannelResult.Retry(string.Create(CultureInfo.InvariantCulture, $"No answer within {timeout.TotalSeconds:0.###} s."));
        }
    }

    /// <summary>Tells what a status means: 2xx delivered; 408, 425, 429 and 5xx again; everything else failed.</summary>
    internal ChannelResult ResultOf(HttpResponseMessage response, string detail = "")
    {
        if (response.IsSuccessStatusCode)
        {
            return ChannelResult.Delivered;
        }

        var reason = $"The receiver answered {(int)response.StatusCode}{(detail.Length > 0 ? ": " + detail : ".")}";
        var again = response.StatusCode is HttpStatusCode.RequestTimeout or (HttpStatusCode)425 or HttpStatusCode.TooManyRequests
            || (int)response.StatusCode >= 500;
        return again ? ChannelResult.Retry(reason, RetryAfter(response)) : ChannelResult.Failed(reason);
    }

    /// <summary>Gets how long the receiver asks to wait.</summary>
    internal TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var after = response.Headers.RetryAfter;
        var wait = after?.Delta ?? (after?.Date - clock.GetUtcNow());
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
