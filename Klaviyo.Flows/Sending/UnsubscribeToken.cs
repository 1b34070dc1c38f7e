using System.Security.Cryptography;
using System.Text;

namespace Klaviyo;

/// <summary>The token of a message (key and profile), the channel, and what proves that the host made it.</summary>
/// <param name="Message">The token of the message.</param>
/// <param name="Channel">The channel from which it unsubscribes.</param>
internal readonly record struct UnsubscribeToken(string Message, string Channel)
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const string Purpose = "unsubscribe\n";
    private const int SignatureLength = 16;
    private const int BitsOfCharacter = 5;

    /// <summary>Makes the text that a link carries.</summary>
    internal static string Of(UnsubscribePage page, string message, string channel)
    {
        var content = $"{message}{LetterOf(channel)}";
        return content + Sign(page.Secret, content);
    }

    /// <summary>Reads a text that a link brought back. Takes the same time wherever the signature is wrong.</summary>
    internal static bool TryRead(UnsubscribePage page, string? text, out UnsubscribeToken token)
    {
        token = default;
        if (text is null || text.Length <= SignatureLength + 1)
        {
            return false;
        }

        // Some ways of mail change the case of letters.
        text = text.ToLowerInvariant();
        var content = text[..^SignatureLength];
        var isSigned = IsSigned(page.Secret, content, text);
        foreach (var secret in page.FormerSecrets)
        {
            isSigned |= IsSigned(secret, content, text);
        }

        if (!isSigned || Array.Find(MessageChannels.OfPeople, c => LetterOf(c) == content[^1]) is not { } channel)
        {
            return false;
        }

        token = new UnsubscribeToken(content[..^1], channel);
        return true;
    }

    // No two channels of people begin with the same letter.
    private static char LetterOf(string channel) => channel[0];

    private static bool IsSigned(string secret, string content, string text)
    {
        return CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(text[^SignatureLength..]), Encoding.UTF8.GetBytes(Sign(secret, content)));
    }

    private static string Sign(string secret, string content)
    {
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(Purpose + content));
        return string.Create(SignatureLength, hash, static (text, hash) =>
        {
            var (bits, held) = (0, 0);
            for (var (i, next) = (0, 0); i < text.Length; i++)
            {
                if (held < BitsOfCharacter)
                {
                    bits = (bits << 8) | hash[next++];
                    held += 8;
                }

                held -= BitsOfCharacter;
                text[i] = Alphabet[(bits >> held) & 31];
                bits &= (1 << held) - 1;
            }
        });
    }
}
