namespace Klaviyo.Channels;

/// <summary>How the connection to a mail server is protected.</summary>
public enum SmtpSecurity
{
    /// <summary>It begins in clear and must be changed to TLS: what submission on port 587 asks for.</summary>
    StartTls,

    /// <summary>TLS from the first byte: what port 465 asks for.</summary>
    ImplicitTls,

    /// <summary>It begins in clear, and is changed to TLS where the server offers that.</summary>
    StartTlsWhenAvailable,

    /// <summary>In clear: only for a server on the same machine.</summary>
    None,
}
