namespace Klaviyo.Storage.Records;

/// <summary>Erases a profile. Nothing in it says who that was.</summary>
/// <param name="Profile">The ordinal of the profile in this lane.</param>
/// <param name="TimeMs">When it was erased.</param>
/// <param name="IsWhole">Whether this is the profile that was asked for, not one that was merged into it.</param>
/// <param name="Suppressed">Keyed hashes of the identifiers that are refused from now on; mostly none.</param>
internal readonly record struct EraseRecord(int Profile, long TimeMs, bool IsWhole, IReadOnlyList<UInt128> Suppressed)
{
    internal static EraseRecord Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new PayloadReader(payload.Span);
        var (profile, time, isWhole) = (reader.ReadCode(), reader.ReadTimeMs(), reader.ReadBoolean());
        var suppressed = new UInt128[reader.ReadArrayHeader() / 2];
        for (var i = 0; i < suppressed.Length; i++)
        {
            var upper = unchecked((ulong)reader.ReadInt64());
            suppressed[i] = new UInt128(upper, unchecked((ulong)reader.ReadInt64()));
        }

        return new EraseRecord(profile, time, isWhole, suppressed);
    }
}
