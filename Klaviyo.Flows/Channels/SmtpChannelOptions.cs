using System.Net.Security;

namespace Klaviyo.Channels;

/// <summary>How a <see cref="SmtpChannel"/> reaches its server, and what it says of the sender. Checked once, when it is made.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SmtpChannelOptions
{
    /// <summary>Gets the server, by name or address.</summary>
    public required string Host { get; init; }

    /// <summary>Gets the port.</summary>
    /// <value>1 to 65535. The default is 587.</value>
    public int Port { get; init; } = 587;

    /// <summary>Gets how the connection is protected.</summary>
    public SmtpSecurity Security { get; init; } = SmtpSecurity.StartTls;

    /// <summary>Gets the name with which to log in.</summary>
    /// <value>The default is null: without logging in.</value>
    public string? UserName { get; init; }

    /// <summary>Gets the password that belongs to <see cref="UserName"/>.</summary>
    public string Password { get; init; } = "";

    /// <summary>Gets the address of the sender, where a message names none in <c>from_email</c>.</summary>
    public required string From { get; init; }

    /// <summary>Gets the name of the sender, where a message names none in <c>from_label</c>; may be empty.</summary>
    public string FromLabel { get; init; } = "";

    /// <summary>Gets the address that takes unsubscriptions by mail, for the header <c>List-Unsubscribe</c>.</summary>
    /// <value>
    /// In it, <c>{token}</c> is replaced by what <see cref="CustomerPlatform.UnsubscribeAsync"/> takes: <c>u+{token}@example.com</c>. Null for
    /// none. The page that does the same stands in <see cref="CustomerPlatformOptions.Unsubscribe"/>.
    /// </value>
    public string? UnsubscribeAddress { get; init; }

    /// <summary>Gets the key with which mails are signed; null for none.</summary>
    public DkimKey? Dkim { get; init; }

    /// <summary>Gets how many connections are open at a time.</summary>
    /// <value>1 to 256. The default is 4. They are kept open between messages.</value>
    public int ConnectionsMax { get; init; } = 4;

    /// <summary>Gets how long one attempt may take, connecting included.</summary>
    /// <value>The default is 30 seconds. At least a millisecond.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets what decides whether the certificate of the server is good.</summary>
    /// <value>The default is null: the operating system does.</value>
    public RemoteCertificateValidationCallback? CertificateValidation { get; init; }

    /// <summary>Gets what measures the timeout.</summary>
#pragma warning disable RS0030 // The one place where the system's clock is named: the default that a host gets.
    public TimeProvider Clock { get; init; } = TimeProvider.System;
#pragma warning restore RS0030

    /// <summary>Gets the server, and no password.</summary>
    public override string ToString() => $"{Host}:{Port}";

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Host);
        ArgumentOutOfRangeException.ThrowIfLessThan(Port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Port, 65535);
        ArgumentException.ThrowIfNullOrEmpty(From);
        ArgumentOutOfRangeException.ThrowIfLessThan(ConnectionsMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ConnectionsMax, 256);
        ArgumentOutOfRangeException.ThrowIfLessThan(Timeout, TimeSpan.FromMilliseconds(1));
        ArgumentNullException.ThrowIfNull(Clock);
        if (!Identifier.TryCreate(IdentifierKind.Email, From, out _, out var reason))
        {
            throw new ArgumentException($"From: {reason}", nameof(From));
        }
    }
}
