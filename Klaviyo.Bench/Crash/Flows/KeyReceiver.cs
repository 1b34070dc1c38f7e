using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Klaviyo.Bench.Crash.Flows;

/// <summary>A receiver of webhooks that notes under which key each message came. Sometimes it is busy, or hangs up without a word.</summary>
internal sealed class KeyReceiver : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<string, string> _keyOfMessage = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _messageOfKey = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _accepting;
    private readonly int _seed;
    private int _requests;
    private string? _problem;

    internal KeyReceiver(int seed)
    {
        _seed = seed;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal int Requests => Volatile.Read(ref _requests);

    internal int Keys => _messageOfKey.Count;

    /// <summary>Gets the first message with two keys, or key with two messages; null for none.</summary>
    internal string? Problem => Volatile.Read(ref _problem);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
        _closing.Dispose();
    }

    /// <summary>Tells what of a run did not come; null where all did.</summary>
    internal string? MissingOf(int run)
    {
        foreach (var step in (ReadOnlySpan<string>)["one", "two"])
        {
            var message = string.Create(CultureInfo.InvariantCulture, $"{step} {run}");
            if (!_keyOfMessage.ContainsKey(message))
            {
                return $"the message '{message}' never came";
            }
        }

        return null;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_closing.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception closed) when (closed is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var owned = client;
        try
        {
            using var reader = new StreamReader(client.GetStream(), Encoding.ASCII, false, 4096, leaveOpen: true);
            while (await ReadAsync(reader) is var (step, key, body) && step is not null)
            {
                var number = Interlocked.Increment(ref _requests);
                var fate = new Random(unchecked((_seed * 31) + number)).Next(50);
                if (fate == 0)
                {
                    return;
                }

                if (fate != 1)
                {
                    Note($"{step} {body}", key);
                }

                if (fate == 2)
                {
                    // It came, and the sender never learns that it did.
                    return;
                }

                var answer = fate == 1 ? "503 Busy" : "200 OK";
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n"));
            }
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException)
        {
            // The sender was killed.
        }
    }

    private static async Task<(string? Step, string Key, string Body)> ReadAsync(StreamReader reader)
    {
        var (step, key, length) = ((string?)null, "", 0);
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            if (step is null)
            {
                step = line.Split(' ')[1][1..];
            }
            else if (line.StartsWith("Idempotency-Key:", StringComparison.OrdinalIgnoreCase))
            {
                key = line["Idempotency-Key:".Length..].Trim();
            }
            else if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            {
                length = int.Parse(line.AsSpan("Content-Length:".Length), CultureInfo.InvariantCulture);
            }
        }

        var body = new char[length];
        return await reader.ReadBlockAsync(body) == length ? (step, key, new string(body)) : (null, "", "");
    }

    private void Note(string message, string key)
    {
        var (known, named) = (_keyOfMessage.GetOrAdd(message, key), _messageOfKey.GetOrAdd(key, message));
        if (known != key || named != message)
        {
            Interlocked.CompareExchange(
                ref _problem, $"the message '{message}' came under the keys {known} and {key}, which named '{named}'", null);
        }
    }
}
