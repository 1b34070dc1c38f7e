using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Klaviyo.Tests.Support;

// A small mail server on loopback that keeps what it gets. It speaks enough of SMTP for a real client: EHLO, STARTTLS or TLS from
// the first byte, AUTH PLAIN and LOGIN, MAIL, RCPT, DATA, RSET, NOOP, QUIT. Answer may reply to any line in its place.
internal sealed class SmtpSink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _sessions = [];
    private readonly List<TcpClient> _clients = [];
    private readonly bool _implicitTls;
    private readonly Task _accepting;
    private int _connections;

    internal SmtpSink(bool implicitTls = false)
    {
        _implicitTls = implicitTls;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    internal static X509Certificate2 Certificate { get; } = MakeCertificate();

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal int Connections => _connections;

    internal bool OffersStartTls { get; init; } = true;

    internal bool OffersAuth { get; init; } = true;

    internal string Extensions { get; init; } = "";

    internal string Greeting { get; set; } = "220 sink ready";

    // Null goes on as usual; a text is the reply; "close" ends the connection.
    internal Func<string, string?> Answer { get; set; } = _ => null;

    internal List<Mail> Mails { get; } = [];

    internal List<string> Logins { get; } = [];

    internal void CloseConnections()
    {
        lock (_clients)
        {
            _clients.ForEach(c => c.Dispose());
            _clients.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        CloseConnections();
        await _accepting;
        await Task.WhenAll(_sessions);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                lock (_clients)
                {
                    _clients.Add(client);
                }

                _sessions.Add(ServeAsync(client));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            Stream stream = client.GetStream();
            stream = _implicitTls ? await SecureAsync(stream) : stream;
            await TalkAsync(stream, _implicitTls);
        }
        catch (Exception end) when (end is IOException or ObjectDisposedException or SocketException or OperationCanceledException)
        {
        }
        finally
        {
            client.Dispose();
        }
    }

    private async Task TalkAsync(Stream stream, bool isSecure)
    {
        var mail = new Mail();
        await ReplyAsync(stream, Greeting);
        while (await LineAsync(stream) is { } line)
        {
            var verb = line.Split(' ', ':')[0].ToUpperInvariant();
            var special = Answer(line);
            if (special == "close")
            {
                return;
            }

            if (special is not null)
            {
                await ReplyAsync(stream, special);
                continue;
            }

            switch (verb)
            {
                case "EHLO":
                    var tls = OffersStartTls && !isSecure ? "250-STARTTLS\r\n" : "";
                    var auth = OffersAuth ? "250-AUTH PLAIN LOGIN\r\n" : "";
                    await ReplyAsync(stream, $"250-sink\r\n{tls}{auth}{Extensions}250-8BITMIME\r\n250 SMTPUTF8");
                    break;
                case "STARTTLS":
                    await ReplyAsync(stream, "220 go on");
                    stream = await SecureAsync(stream);
                    isSecure = true;
                    break;
                case "AUTH":
                    lock (Mails)
                    {
                        Logins.Add(Encoding.UTF8.GetString(Convert.FromBase64String(line.Split(' ')[2])).Replace('\0', '/'));
                    }

                    await ReplyAsync(stream, "235 welcome");
                    break;
                case "MAIL":
                    mail = new Mail { From = line, IsSecure = isSecure };
                    await ReplyAsync(stream, "250 ok");
                    break;
                case "RCPT":
                    mail.To.Add(line[(line.IndexOf('<') + 1)..line.IndexOf('>')]);
                    await ReplyAsync(stream, "250 ok");
                    break;
                case "DATA":
                    await ReplyAsync(stream, "354 go on");
                    await DataAsync(stream, mail);
                    await ReplyAsync(stream, Answer(".") ?? "250 kept");
                    break;
                case "QUIT":
                    await ReplyAsync(stream, "221 bye");
                    return;
                default:
                    await ReplyAsync(stream, "250 ok");
                    break;
            }
        }
    }

    private async Task DataAsync(Stream stream, Mail mail)
    {
        var text = new StringBuilder();
        while (await LineAsync(stream) is { } line && line != ".")
        {
            text.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }

        mail.Text = text.ToString();
        lock (Mails)
        {
            Mails.Add(mail);
        }
    }

    private static async Task<Stream> SecureAsync(Stream stream)
    {
        var secure = new SslStream(stream);
        await secure.AuthenticateAsServerAsync(Certificate);
        return secure;
    }

    private static async Task ReplyAsync(Stream stream, string reply) =>
        await stream.WriteAsync(Encoding.ASCII.GetBytes(reply + "\r\n"));

    // Byte by byte, so that nothing of what comes behind STARTTLS is read in clear.
    private static async Task<string?> LineAsync(Stream stream)
    {
        var line = new List<byte>();
        var next = new byte[1];
        while (await stream.ReadAsync(next) == 1)
        {
            if (next[0] == '\n')
            {
                return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
            }

            line.Add(next[0]);
        }

        return null;
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    internal sealed record Mail
    {
        internal string From { get; init; } = "";

        internal bool IsSecure { get; init; }

        internal List<string> To { get; } = [];

        internal string Text { get; set; } = "";

        internal MimeKit.MimeMessage Parse() => MimeKit.MimeMessage.Load(new MemoryStream(Encoding.UTF8.GetBytes(Text)));
    }
}
