namespace Klaviyo;

/// <summary>The names of the channels on which flows send.</summary>
internal static class MessageChannels
{
    internal const string Email = "email";
    internal const string Sms = "sms";
    internal const string Push = "push";
    internal const string WhatsApp = "whatsapp";
    internal const string Webhook = "webhook";

    /// <summary>The channels on which somebody is written to, in the order in which they are counted.</summary>
    internal static readonly string[] OfPeople = [Email, Sms, Push, WhatsApp];
}
