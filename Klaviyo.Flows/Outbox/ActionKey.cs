using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Klaviyo.Flows.Outbox;

/// <summary>Idempotency keys.</summary>
internal static class ActionKey
{
    private const int KeyBytes = 16;

    /// <summary>Gets the key of a message: the same on every attempt and after every crash, and different from all others.</summary>
    /// <param name="store">The store.</param>
    /// <param name="flow">The flow, by number.</param>
    /// <param name="run">The run.</param>
    /// <param name="seq">The transition of the run that decided to send.</param>
    internal static string Of(Guid store, int flow, RunId run, int seq)
    {
        Span<byte> input = stackalloc byte[32];
        store.TryWriteBytes(input);
        BinaryPrimitives.WriteInt32LittleEndian(input[16..], flow);
        BinaryPrimitives.WriteInt64LittleEndian(input[20..], run.Value);
        BinaryPrimitives.WriteInt32LittleEndian(input[28..], seq);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        return Convert.ToHexStringLower(hash[..KeyBytes]);
    }
}
