using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Klaviyo.Channels;

/// <summary>Hands messages to a provider that takes a form over HTTP, as Twilio does: texts, WhatsApp, push.</summary>
/// <remarks>
/// <para>2xx is delivered, unless the answer is JSON whose <c>status</c> is <c>failed</c>, <c>undelivered</c> or <c>canceled</c>. 401
/// and 403, which are mistakes of the account and not of the message, 408, 425, 429 and 5xx, a broken connection and a timeout are
/// tried again, after <c>Retry-After</c> where the provider says so. Everything else has failed. <c>sid</c> of the answer becomes
/// <see cref="ChannelResult.ProviderId"/>, <c>message</c> and <c>code</c> the reason.</para>
/// <para>The key goes along in the header <c>Idempotency-Key</c>; a provider that does not look at it may deliver twice after a crash.</para>
/// </remarks>
/// <threadsafety>Calls may overlap.</threadsafety>
public sealed class HttpProviderChannel : IChannel, IDisposable
{
    // An answer is small; what is longer is not one of a provider, and is not read to its end.
    private const int AnswerBytesMax = 64 << 10;

    private readonly HttpProviderOptions _options;
    private readonly HttpClient _client;
    private readonly bool _isOwn;
    private readonly HttpAttempt _attempt;

    /// <summary>Makes a channel with a client of its own, which shares connections.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public HttpProviderChannel(HttpProviderOptions options)
        : this(HttpAttempt.MakeClient(), options) => _isOwn = true;

    /// <summary>Makes a channel over a client of the host.</summary>
    /// <param name="client">Sends the requests. It belongs to the host, which disposes it.</param>
    /// <param name="options">The provider.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public HttpProviderChannel(HttpClient client, HttpProviderOptions options)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_client, _options) = (client, options);
        _attempt = new HttpAttempt(client, options.Clock, options.Timeout);
    }

    /// <inheritdoc/>
    public async ValueTask<ChannelResult> SendAsync(FlowMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        using var request = Request(message);
        return await _attempt.SendAsync(request, ReadAsync, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes the connections of a client of its own.</summary>
    public void Dispose()
    {
        if (_isOwn)
        {
            _client.Dispose();
        }
    }

    private HttpRequestMessage Request(FlowMessage message)
    {
        var fields = new List<KeyValuePair<string, string>> { new(_options.ToField, _options.ToPrefix + message.To) };
        if (_options.From.Length > 0)
        {
            fields.Add(new(_options.FromField, _options.ToPrefix + _options.From));
        }

        if (_options.SubjectField is { } subject)
        {
            fields.Add(new(subject, message.Subject));
        }

        fields.Add(new(_options.BodyField, message.Body));
        fields.AddRange(_options.Fields.Select(f =>
            KeyValuePair.Create(f.Key, Filled(f.Value, message))));
        var request = new HttpRequestMessage(HttpMethod.Post, _options.Url) { Content = new FormUrlEncodedContent(fields) };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", message.Key);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (_options.UserName is { } user)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{_options.Password}")));
        }

        return request;
    }

    private static string Filled(string text, FlowMessage message)
    {
        return text
            .Replace("{key}", message.Key, StringComparison.Ordinal)
            .Replace("{token}", message.Token, StringComparison.Ordinal);
    }

    private async ValueTask<ChannelResult> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var answer = await AnswerAsync(response, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            return ChannelResult.Retry($"The provider answered {(int)response.StatusCode}: {answer.Reason}");
        }

        if (response.IsSuccessStatusCode)
        {
            return answer.Status is "failed" or "undelivered" or "canceled"
                ? ChannelResult.Failed($"The provider says '{answer.Status}': {answer.Reason}")
                : ChannelResult.DeliveredAs(answer.Id);
        }

        return _attempt.ResultOf(response, answer.Reason);
    }

    private static async Task<(string Id, string Status, string Reason)> AnswerAsync(
        HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var bytes = new byte[AnswerBytesMax];
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = stream.ConfigureAwait(false);
        var count = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(0, count));
            var root = document.RootElement;
            var code = Text(root, "code") + Text(root, "error_code");
            var reason = Text(root, "message") + Text(root, "error_message");
            return (Text(root, "sid"), Text(root, "status"), code.Length > 0 ? $"{code} {reason}".TrimEnd() : reason);
        }
        catch (JsonException)
        {
            // A status alone says enough.
            return ("", "", "");
        }
    }

    private static string Text(JsonElement answer, string name)
    {
        try
        {
            return answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(name, out var value)
                ? value.ValueKind switch
                {
                    JsonValueKind.String => value.GetString()!,
                    JsonValueKind.Number => value.GetRawText(),
                    _ => "",
                }
                : "";
        }
        catch (InvalidOperationException)
        {
            // JSON, but a name or a text in it is no Unicode: half a character, or bytes that are not UTF-8.
            return "";
        }
    }
}
