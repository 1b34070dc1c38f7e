namespace Klaviyo;

/// <summary>The key of a message and the profile that got it, in one text: by it what comes back is known.</summary>
/// <remarks>
/// The key is 128 bits that only sender and receiver know, and it must be that of a message to this profile: so a token cannot be made
/// up. It names nobody to others.
/// </remarks>
internal static class MessageToken
{
    private const int KeyLength = 32;

    internal static string Of(string key, ProfileId profile) => $"{key}{profile}";

    internal static bool TryRead(string message, Identifier? given, out string key, out Identifier profile)
    {
        key = message.Length >= KeyLength ? message[..KeyLength] : "";
        profile = given ?? default;
        return key.Length > 0
            && (message.Length == KeyLength
                ? given is not null
                : Identifier.TryCreate(IdentifierKind.Id, message[KeyLength..], out profile, out _)
                    && profile.Value == message[KeyLength..]);
    }
}

/// <summary>What is known of a message that was delivered.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Flow">The flow; null where that is not known.</param>
/// <param name="Step">The step.</param>
internal sealed record MessageDelivery(string Channel, PropertyValue Flow, PropertyValue Step);
