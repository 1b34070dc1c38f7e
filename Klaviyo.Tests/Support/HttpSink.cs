using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Klaviyo.Tests.Support;

// A real HTTP receiver on loopback that keeps what it gets and answers as it is told.
internal sealed class HttpSink : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    internal HttpSink()
    {
        // A port that was free a moment ago; the listener itself takes none that it chooses.
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Url = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/hook");
        }

        _listener.Prefixes.Add(new Uri(Url, "/").ToString());
        _listener.Start();
        _serving = ServeAsync();
    }

    internal Uri Url { get; }

    internal List<Request> Requests { get; } = [];

    internal Encoding Encoding { get; init; } = Encoding.UTF8;

    // Status, body, and more headers.
    internal Func<Request, (int Status, string Body, (string Name, string Value)[] Headers)> Answer { get; set; } = _ => (200, "", []);

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                var headers = context.Request.Headers.AllKeys.ToDictionary(k => k!, k => context.Request.Headers[k]!, StringComparer.OrdinalIgnoreCase);
                var request = new Request(context.Request.HttpMethod, headers, body.ToArray());
                lock (Requests)
                {
                    Requests.Add(request);
                }

                var (status, text, more) = Answer(request);
                context.Response.StatusCode = status;
                foreach (var (name, value) in more)
                {
                    context.Response.AddHeader(name, value);
                }

                await context.Response.OutputStream.WriteAsync(Encoding.GetBytes(text));
                context.Response.Close();
            }
        }
        catch (Exception end) when (end is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    internal sealed record Request(string Method, IReadOnlyDictionary<string, string> Headers, byte[] Body)
    {
        internal string Text => Encoding.UTF8.GetString(Body);
    }
}
