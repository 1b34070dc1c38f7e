using Klaviyo.Storage.Erasing;

namespace Klaviyo.Storage.Records;

/// <summary>Erases a profile. Nothing in it says who that was.</summary>
/// <param name="Profile">The ordinal of the profile in this lane.</param>
/// <param name="TimeMs">When it was erased.</param>
/// <param name="IsWhole">Whether this is the profile that was asked for, not one that was merged into it.</param>
/// <param name="Key">What the hashes are keyed with: the id of the store in which it was erased, also in a fork of it.</param>
/// <param name="Suppressed">Keyed hashes of the identifiers that are refused from now on; mostly none.</param>
internal readonly record struct EraseRecord(int Profile, long TimeMs, bool IsWhole, Guid Key, IReadOnlyList<UInt128> Suppressed)
{
    internal static EraseRecord Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new PayloadReader(payload.Span);
        var (profile, time, isWhole) = (reader.ReadInt32(), reader.ReadInt64(), reader.ReadBoolean());
        var numbers = reader.ReadArrayHeader();
        if (numbers == 0)
        {
            return new EraseRecord(profile, time, isWhole, default, []);
        }

        var key = Suppression.KeyOf(ReadHash(ref reader));
        var suppressed = new UInt128[(numbers / 2) - 1];
        for (var i = 0; i < suppressed.Length; i++)
        {
            suppressed[i] = ReadHash(ref reader);
        }

        return new EraseRecord(profile, time, isWhole, key, suppressed);
    }

    private static UInt128 ReadHash(ref PayloadReader reader)
    {
        var upper = unchecked((ulong)reader.ReadInt64());
        return new UInt128(upper, unchecked((ulong)reader.ReadInt64()));
    }
}
