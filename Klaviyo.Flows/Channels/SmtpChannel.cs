using System.Collections.Concurrent;
using System.Globalization;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Klaviyo.Channels;

/// <summary>Sends e-mail over SMTP, on connections that stay open between messages.</summary>
/// <remarks>
/// <para>The <c>Message-ID</c> is made of the key of the message, so a mail that comes twice, after a crash between delivery and the
/// record of it, is known by it. The HTML goes out with a text of the same content.</para>
/// <para>A reply 4xx, a reply 5xx before a mail is given, a broken connection, a failed login and a timeout are tried again; a reply 5xx
/// to a mail, and an address that is none, has failed. A reply 5xx that says of the recipient that there is no such mailbox is a bounce, see
/// <see cref="ChannelResult.Bounced"/>: with an enhanced code (RFC 3463) 5.1.1 to 5.1.6, 5.1.10 and 5.2.1; without one 550, 551 and 553.</para>
/// </remarks>
/// <threadsafety>Calls may overlap.</threadsafety>
public sealed class SmtpChannel : IChannel, IAsyncDisposable
{
    // A server may have closed a connection that rested; then it is asked before a mail is entrusted to it.
    private static readonly TimeSpan RestMax = TimeSpan.FromSeconds(2);

    private readonly SmtpChannelOptions _options;
    private readonly DkimMailSigner? _signer;
    private readonly SemaphoreSlim _free;
    private readonly ConcurrentStack<(SmtpClient Client, long Since)> _rested = new();

    /// <summary>Makes a channel; connects with the first message.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public SmtpChannel(SmtpChannelOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _signer = options.Dkim is { } key ? DkimMailSigner.Of(key, options.Clock) : null;
        _free = new SemaphoreSlim(options.ConnectionsMax);
    }

    /// <inheritdoc/>
    public async ValueTask<ChannelResult> SendAsync(FlowMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (EmailMessage.TryMake(message, _options, out var error) is not { } mail)
        {
            return ChannelResult.Failed(error);
        }

        using var _ = mail;
        _signer?.Sign(mail);
        using var limit = new CancellationTokenSource(_options.Timeout, _options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await _free.WaitAsync(either.Token).ConfigureAwait(false);
            try
            {
                return await SendAsync(mail, either.Token).ConfigureAwait(false);
            }
            finally
            {
                _free.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ChannelResult.Retry(string.Create(CultureInfo.InvariantCulture, $"No answer within {_options.Timeout.TotalSeconds:0.###} s."));
        }
        catch (SmtpCommandException refused)
        {
            var reason = Answered(refused);
            return (int)refused.StatusCode < 500 ? ChannelResult.Retry(reason)
                : SmtpBounce.Says(refused, message.To) ? ChannelResult.Bounced(reason)
                : ChannelResult.Failed(reason);
        }
        catch (Exception failure) when (IsOfTheWay(failure))
        {
            return ChannelResult.Retry($"{failure.GetType().Name}: {failure.Message}");
        }
    }

    /// <summary>Closes the connections. Messages that are under way are not waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_rested.TryPop(out var rested))
        {
            await CloseAsync(rested.Client).ConfigureAwait(false);
        }

        _free.Dispose();
    }

    private async Task<ChannelResult> SendAsync(MimeMessage mail, CancellationToken cancellationToken)
    {
        var client = await ConnectedAsync(cancellationToken).ConfigureAwait(false);
        var isReusable = false;
        try
        {
            await client.SendAsync(mail, cancellationToken).ConfigureAwait(false);
            isReusable = true;
            return ChannelResult.Delivered;
        }
        catch (SmtpCommandException)
        {
            // The server said no to this mail, not to the connection; MailKit has reset it.
            isReusable = client.IsConnected;
            throw;
        }
        finally
        {
            if (isReusable)
            {
                _rested.Push((client, _options.Clock.GetTimestamp()));
            }
            else
            {
                client.Dispose();
            }
        }
    }

    private async Task<SmtpClient> ConnectedAsync(CancellationToken cancellationToken)
    {
        while (_rested.TryPop(out var rested))
        {
            if (await IsAliveAsync(rested.Client, rested.Since, cancellationToken).ConfigureAwait(false))
            {
                return rested.Client;
            }

            rested.Client.Dispose();
        }

        var client = new SmtpClient { ServerCertificateValidationCallback = _options.CertificateValidation };
        try
        {
            await client.ConnectAsync(_options.Host, _options.Port, SocketOptions(), cancellationToken).ConfigureAwait(false);
            if (_options.UserName is { } user)
            {
                await client.AuthenticateAsync(user, _options.Password, cancellationToken).ConfigureAwait(false);
            }

            return client;
        }
        catch (SmtpCommandException refused)
        {
            // It has not seen the mail yet, so it says nothing of it, whatever the code.
            client.Dispose();
            throw new ServiceNotConnectedException(Answered(refused), refused);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private async Task<bool> IsAliveAsync(SmtpClient client, long since, CancellationToken cancellationToken)
    {
        if (!client.IsConnected || _options.Clock.GetElapsedTime(since) <= RestMax)
        {
            return client.IsConnected;
        }

        try
        {
            await client.NoOpAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure is SmtpCommandException || IsOfTheWay(failure))
        {
            return false;
        }
    }

    private SecureSocketOptions SocketOptions()
    {
        return _options.Security switch
        {
            SmtpSecurity.StartTls => SecureSocketOptions.StartTls,
            SmtpSecurity.ImplicitTls => SecureSocketOptions.SslOnConnect,
            SmtpSecurity.StartTlsWhenAvailable => SecureSocketOptions.StartTlsWhenAvailable,
            SmtpSecurity.None => SecureSocketOptions.None,
            _ => throw new InvalidOperationException($"Unknown security {_options.Security}."),
        };
    }

    // What says nothing of the mail: the network, the protocol, the login.
    private static bool IsOfTheWay(Exception failure)
    {
        return failure is ProtocolException or ServiceNotConnectedException or AuthenticationException or SslHandshakeException
            or IOException or System.Net.Sockets.SocketException or TimeoutException or NotSupportedException;
    }

    private static string Answered(SmtpCommandException refused) => $"The server answered {(int)refused.StatusCode}: {refused.Message}";

    private static async Task CloseAsync(SmtpClient client)
    {
        try
        {
            await client.DisconnectAsync(quit: true).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsOfTheWay(failure))
        {
            // It is gone already.
        }

        client.Dispose();
    }
}
