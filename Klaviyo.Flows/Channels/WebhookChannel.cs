using System.Net.Http.Headers;
using System.Text;

namespace Klaviyo.Channels;

/// <summary>Posts messages over HTTP, with the idempotency key in the header <c>Idempotency-Key</c>.</summary>
/// <remarks>
/// <para>2xx is delivered. 408, 425, 429 and 5xx, a broken connection and a timeout are tried again, after
/// <c>Retry-After</c> where the receiver says so. Everything else, redirects among it, has failed.</para>
/// <para>The body is sent as <c>application/json</c>, unless the headers of the step name another <c>Content-Type</c>. A header that
/// cannot be sent, or that would say how the request is framed, makes it fail; those of our own stay ours. With a
/// secret it is signed, see <see cref="WebhookSignature"/>: each attempt at its own time.</para>
/// </remarks>
/// <threadsafety>Calls may overlap.</threadsafety>
public sealed class WebhookChannel : IChannel, IDisposable
{
    private readonly WebhookOptions _options;
    private readonly HttpClient _client;
    private readonly bool _isOwn;
    private readonly HttpAttempt _attempt;

    /// <summary>Makes a channel with a client of its own, which shares connections.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public WebhookChannel(WebhookOptions options)
        : this(HttpAttempt.MakeClient(), options) => _isOwn = true;

    /// <summary>Makes a channel over a client of the host.</summary>
    /// <param name="client">Sends the requests. It belongs to the host, which disposes it.</param>
    /// <param name="options">How to post.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public WebhookChannel(HttpClient client, WebhookOptions options)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _client = client;
        _attempt = new HttpAttempt(client, options.Clock, options.Timeout);
    }

    /// <summary>Makes a channel over a client of the host.</summary>
    /// <param name="client">Sends the requests. It belongs to the host, which disposes it.</param>
    /// <param name="clock">Measures the timeout and reads <c>Retry-After</c> dates.</param>
    /// <param name="timeout">How long one attempt may take. At least a millisecond.</param>
    public WebhookChannel(HttpClient client, TimeProvider clock, TimeSpan timeout)
        : this(client, new WebhookOptions { Clock = clock, Timeout = timeout })
    {
    }

    /// <inheritdoc/>
    public async ValueTask<ChannelResult> SendAsync(FlowMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!Uri.TryCreate(message.To, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            return ChannelResult.Failed($"'{message.To}' is not an http or https URL.");
        }

        if (message.Headers.Select(h => WebhookHeader.Refusal(h.Key, h.Value)).FirstOrDefault(r => r is not null) is { } refusal)
        {
            return ChannelResult.Failed($"The request cannot be made: {refusal}");
        }

        using var request = Request(message, url);
        return await _attempt
            .SendAsync(request, (response, _) => ValueTask.FromResult(_attempt.ResultOf(response)), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Closes the connections of a client of its own.</summary>
    public void Dispose()
    {
        if (_isOwn)
        {
            _client.Dispose();
        }
    }

    private HttpRequestMessage Request(FlowMessage message, Uri url)
    {
        var body = Encoding.UTF8.GetBytes(message.Body);
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        foreach (var (name, value) in message.Headers)
        {
            // What a definition says must not stand in for what we say.
            if (!WebhookHeader.IsOurs(name) && !request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content.Headers.Remove(name);
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        request.Headers.TryAddWithoutValidation(WebhookHeader.Key, message.Key);
        if (_options.Secret is { } secret)
        {
            request.Headers.TryAddWithoutValidation(
                WebhookSignature.Header, WebhookSignature.Of(secret, body, _options.Clock.GetUtcNow()));
        }

        return request;
    }
}
