using System.Buffers;
using System.Collections.Frozen;
using System.Net.Http.Headers;

namespace Klaviyo.Channels;

/// <summary>Which headers a definition may add to a webhook: none that ends the line, says how long the request is, or stands in for ours.</summary>
internal static class WebhookHeader
{
    /// <summary>The header with the key of the message.</summary>
    internal const string Key = "Idempotency-Key";

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly FrozenSet<string> Framing = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade");

    /// <summary>Gets whether a text is the name of a header: RFC 9110 calls it a token.</summary>
    internal static bool IsName(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(NameCharacters);

    /// <summary>Gets whether a text can be the value of a header: visible ASCII, with spaces in between.</summary>
    internal static bool IsValue(string value) => !value.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <summary>Gets whether the channel says how the request is framed and where it goes.</summary>
    internal static bool IsFraming(string name) => Framing.Contains(name);

    /// <summary>Gets whether the header is one of ours.</summary>
    internal static bool IsOurs(string name) =>
        name.Equals(Key, StringComparison.OrdinalIgnoreCase) || name.Equals(WebhookSignature.Header, StringComparison.OrdinalIgnoreCase);

    /// <summary>Gets whether a value is what the header of that name holds, where that is known.</summary>
    internal static bool Fits(string name, string value) =>
        !name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase) || MediaTypeHeaderValue.TryParse(value, out _);

    /// <summary>Says why a header cannot be sent; null where it can.</summary>
    internal static string? Refusal(string name, string value)
    {
        return !IsName(name) ? $"'{name}' is not the name of a header."
            : IsFraming(name) ? $"the header '{name}' is set by the channel."
            : !IsValue(value) ? $"the value of the header '{name}' is not visible ASCII."
            : null;
    }
}
