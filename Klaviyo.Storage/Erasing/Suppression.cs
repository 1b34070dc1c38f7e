using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Klaviyo.Storage.Erasing;

/// <summary>What is kept of an identifier that must never come again: a hash that does not lead back.</summary>
/// <remarks>
/// HMAC-SHA-256 with the store's id as the key, cut to 128 bits: the same identifier has another hash in another store. Who has
/// the store can still try addresses one by one; nothing that recognizes an address can do without that.
/// </remarks>
internal static class Suppression
{
    internal static UInt128 HashOf(in Identifier identifier, Guid storeId)
    {
        Span<byte> key = stackalloc byte[16];
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        storeId.TryWriteBytes(key);
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(identifier.ToString()), hash);
        return new UInt128(
            BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]), BinaryPrimitives.ReadUInt64LittleEndian(hash));
    }
}
