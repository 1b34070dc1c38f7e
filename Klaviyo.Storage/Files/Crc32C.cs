using System.Buffers.Binary;
using System.Numerics;

namespace Klaviyo.Storage.Files;

/// <summary>
/// The checksum of everything on disk: CRC-32C (Castagnoli), by the processor's instruction, 8 bytes a step.
/// </summary>
/// <remarks>To cover several pieces: <see cref="Start"/>, then <c>Add</c> each, then <see cref="Finish"/>.</remarks>
internal static class Crc32C
{
    internal const uint Start = uint.MaxValue;

    internal static uint Of(ReadOnlySpan<byte> bytes) => Finish(Add(Start, bytes));

    internal static uint Finish(uint state) => ~state;

    internal static uint Add(uint state, long value) => BitOperations.Crc32C(state, unchecked((ulong)value));

    internal static uint Add(uint state, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            state = BitOperations.Crc32C(state, value);
        }

        return state;
    }
}
