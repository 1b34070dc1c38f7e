using Klaviyo.Storage.Index;
using Klaviyo.Storage.Log;

namespace Klaviyo.Storage.Records;

/// <summary>Makes sure that what a record names is there, before it is applied.</summary>
/// <remarks>
/// A record is what was once written: its checksum says so. That it also makes sense where it stands is a matter of there being
/// no bug, ours or that of another version; and what makes none must end the opening with its place, not with a wild access.
/// </remarks>
internal static class RecordCheck
{
    /// <summary>Checks a record of a profile against what stands before it in the log.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="payload">The record.</param>
    /// <param name="address">Where it stands.</param>
    /// <param name="profiles">How many profiles the lane has.</param>
    /// <param name="names">The names of the lane.</param>
    /// <exception cref="InvalidDataException">It names a profile or a name that is not there.</exception>
    internal static void ThrowIfStrange(
        RecordKind kind, ReadOnlySpan<byte> payload, LogAddress address, int profiles, NameTable names)
    {
        var reader = new PayloadReader(payload);
        switch (kind)
        {
            case RecordKind.Identifiers or RecordKind.Erase:
                ThrowIfTooMany(reader.ReadCode(), address);
                break;
            case RecordKind.Event:
                ThrowIfUnknown(reader.ReadInt32(), profiles);
                _ = names.Known(reader.ReadInt32());
                break;
            case RecordKind.Properties:
                ThrowIfUnknown(reader.ReadInt32(), profiles);
                _ = reader.ReadTimeMs();
                RecordReader.CheckMap(ref reader, names);
                break;
            case RecordKind.Membership:
                ThrowIfStrange(MembershipRecord.Read(payload), address);
                break;
            case RecordKind.Clock:
                _ = reader.ReadTimeMs();
                break;
            case RecordKind.Consent or RecordKind.List or RecordKind.Relation:
                ThrowIfUnknown(reader.ReadInt32(), profiles);
                _ = reader.ReadTimeMs();
                _ = names.Known(reader.ReadInt32());
                break;
        }
    }

    private static void ThrowIfStrange(in MembershipRecord record, LogAddress address)
    {
        var offset = MembershipRecord.HeadBytes;
        for (var i = 0; i < record.Groups; i++)
        {
            var group = record.Next(ref offset);
            for (var k = 0; k < group.Count; k++)
            {
                if (group[k] != MembershipRecord.Nobody)
                {
                    ThrowIfTooMany(group[k] >= 0 ? group[k] : int.MaxValue, address);
                }
            }
        }
    }

    private static void ThrowIfUnknown(int ordinal, int profiles)
    {
        if (ordinal < 0 || ordinal >= profiles)
        {
            throw new InvalidDataException($"No profile has the number {ordinal}.");
        }
    }

    // Profiles that were erased leave gaps, but each had a record of its own.
    private static void ThrowIfTooMany(int ordinal, LogAddress address)
    {
        if (ordinal > address.Value / LogLayout.SpaceOf(0))
        {
            throw new InvalidDataException($"No profile can have the number {ordinal} here.");
        }
    }
}
