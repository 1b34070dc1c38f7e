using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Klaviyo.Channels;

/// <summary>The signature of a webhook: <c>t=SECONDS,v1=HEX</c> in the header <c>Webhook-Signature</c>.</summary>
/// <remarks>
/// <c>SECONDS</c> is when the request was made, since 1970; <c>HEX</c> is the HMAC-SHA256 of <c>SECONDS.BODY</c> under the
/// secret, in lower case. A receiver that also looks at the time takes no request that somebody recorded and sends again later.
/// </remarks>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
public static class WebhookSignature
{
    /// <summary>The name of the header.</summary>
    public const string Header = "Webhook-Signature";

    /// <summary>Signs a body.</summary>
    /// <param name="secret">The secret that both sides know.</param>
    /// <param name="body">The body, byte for byte as it is sent.</param>
    /// <param name="at">When the request is made; cut to whole seconds.</param>
    /// <returns>The value of the header.</returns>
    public static string Of(string secret, ReadOnlySpan<byte> body, Instant at)
    {
        ArgumentException.ThrowIfNullOrEmpty(secret);
        var seconds = at.UnixMs / 1000;
        return string.Create(CultureInfo.InvariantCulture, $"t={seconds},v1={Convert.ToHexStringLower(Hash(secret, body, seconds))}");
    }

    /// <summary>Tells whether a request carries the signature of its body.</summary>
    /// <param name="secret">The secret that both sides know.</param>
    /// <param name="body">The body, byte for byte as it came.</param>
    /// <param name="header">The value of the header; null where it is missing.</param>
    /// <param name="now">The receiver's clock.</param>
    /// <param name="tolerance">How far the time of the signature may be from <paramref name="now"/>, to either side.</param>
    /// <returns><see langword="false"/> for every header that is not exactly right. Takes the same time wherever it is wrong.</returns>
    public static bool IsValid(string secret, ReadOnlySpan<byte> body, string? header, Instant now, TimeSpan tolerance)
    {
        ArgumentException.ThrowIfNullOrEmpty(secret);
        if (header?.Split(',') is not [['t', '=', .. var time], ['v', '1', '=', .. var hex]]
            || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > Instant.MaxValue.UnixMs / 1000
            || hex.Length != SHA256.HashSizeInBytes * 2)
        {
            return false;
        }

        var expected = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Hash(secret, body, seconds)));
        var isSigned = CryptographicOperations.FixedTimeEquals(expected, Encoding.ASCII.GetBytes(hex));
        var distanceMs = Math.Abs(now.UnixMs - (seconds * 1000));
        return isSigned && distanceMs <= tolerance.TotalMilliseconds + 999;
    }

    private static byte[] Hash(string secret, ReadOnlySpan<byte> body, long seconds)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seconds}.")));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }
}
