using MimeKit;

namespace Klaviyo.Channels;

/// <summary>Makes the mail of a message.</summary>
internal static class EmailMessage
{
    /// <summary>Makes the mail; null where an address of it is none.</summary>
    internal static MimeMessage? TryMake(FlowMessage message, SmtpChannelOptions options, out string error)
    {
        var mail = new MimeMessage();
        var from = Option(message, "from_email") ?? options.From;
        if (!(message.IsToProfile ? TryAddOwn(mail.To, message.To, out error) : TryAddAll(mail.To, message.To, out error))
            || !TryAdd(mail.From, from, Option(message, "from_label") ?? options.FromLabel, out error)
            || !TryAdd(mail.ReplyTo, Option(message, "reply_to_email"), null, out error)
            || !TryAdd(mail.Cc, Option(message, "cc_email"), null, out error)
            || !TryAdd(mail.Bcc, Option(message, "bcc_email"), null, out error))
        {
            mail.Dispose();
            return null;
        }

        mail.Subject = message.Subject;
        mail.Date = message.At.ToDateTimeOffset();
        mail.MessageId = $"{message.Key}@{options.From[(options.From.LastIndexOf('@') + 1)..].Trim()}";
        if (!message.Transactional)
        {
            AddUnsubscribe(mail.Headers, message, options.UnsubscribeAddress);
        }

        // Klaviyo's preview text: what a mail program shows beside the subject, and nobody in the mail itself.
        var preview = Option(message, "preview_text");
        var html = preview is null
            ? message.Body
            : $"<div style=\"display:none;max-height:0;overflow:hidden\">{System.Net.WebUtility.HtmlEncode(preview)}</div>{message.Body}";
        mail.Body = new BodyBuilder { HtmlBody = html, TextBody = HtmlText.Of(message.Body) }.ToMessageBody();
        return mail;
    }

    private static void AddUnsubscribe(HeaderList headers, FlowMessage message, string? address)
    {
        var ways = new List<string>();
        if (message.UnsubscribeUrl is { } url)
        {
            ways.Add($"<{url}>");
        }

        if (address is not null)
        {
            ways.Add($"<mailto:{address.Replace(UnsubscribePage.Place, message.UnsubscribeToken, StringComparison.Ordinal)}>");
        }

        if (ways.Count > 0)
        {
            headers.Add(HeaderId.ListUnsubscribe, string.Join(", ", ways));
        }

        if (message.UnsubscribeUrl is not null)
        {
            headers.Add(HeaderId.ListUnsubscribePost, "List-Unsubscribe=One-Click");
        }
    }

    // Consent is that of the address as it is written: with a comment or quotes in it, it reaches the mailbox of another one.
    private static bool TryAddOwn(InternetAddressList addresses, string to, out string error)
    {
        if (!TryAdd(addresses, to, null, out error))
        {
            return false;
        }

        var mailbox = (MailboxAddress)addresses[0];
        var isWritten = IsSame(mailbox.Address, to) || IsSame(mailbox.GetAddress(idnEncode: true), to);
        if (!isWritten || to.Contains('"', StringComparison.Ordinal))
        {
            error = $"'{to}' may be the mailbox of another address, for it has quotes or a comment.";
        }

        return error.Length == 0;
    }

    private static bool IsSame(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    // An alert goes to several.
    private static bool TryAddAll(InternetAddressList addresses, string to, out string error)
    {
        error = "";
        foreach (var address in to.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!TryAdd(addresses, address, null, out error))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryAdd(InternetAddressList addresses, string? address, string? label, out string error)
    {
        error = "";
        if (address is null)
        {
            return true;
        }

        if (!MailboxAddress.TryParse(address, out var parsed) || !parsed.Address.Contains('@', StringComparison.Ordinal))
        {
            error = $"'{address}' is not an e-mail address.";
            return false;
        }

        addresses.Add(string.IsNullOrEmpty(label) ? parsed : new MailboxAddress(label.ReplaceLineEndings(" "), parsed.Address));
        return true;
    }

    private static string? Option(FlowMessage message, string name) =>
        message.Options[name] is { Kind: PropertyKind.String } value && value.AsString().Length > 0 ? value.AsString() : null;
}
