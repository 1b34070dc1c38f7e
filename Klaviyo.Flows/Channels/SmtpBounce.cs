using System.Text.RegularExpressions;
using MailKit.Net.Smtp;
using MimeKit;

namespace Klaviyo.Channels;

/// <summary>Tells from a reply that a mailbox does not exist, and not that a server, a policy or a full disk refused a mail.</summary>
internal static partial class SmtpBounce
{
    /// <summary>Tells whether a refusal says that the recipient does not exist.</summary>
    /// <param name="refused">The refusal.</param>
    /// <param name="to">The address of the profile: what is said of a copy says nothing of it.</param>
    internal static bool Says(SmtpCommandException refused, string to)
    {
        if (refused.ErrorCode != SmtpErrorCode.RecipientNotAccepted || refused.Mailbox is not { } mailbox
            || !MailboxAddress.TryParse(to, out var recipient)
            || !string.Equals(recipient.Address, mailbox.Address, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var enhanced = EnhancedCode().Match(refused.Message);
        return enhanced.Success
            ? enhanced.Groups["code"].ValueSpan is "1.1" or "1.2" or "1.3" or "1.4" or "1.5" or "1.6" or "1.10" or "2.1"
            : (int)refused.StatusCode is 550 or 551 or 553;
    }

    [GeneratedRegex(@"(?<![\d.])5\.(?<code>\d{1,3}\.\d{1,3})(?![\d.]*\d)", RegexOptions.CultureInvariant)]
    private static partial Regex EnhancedCode();
}
