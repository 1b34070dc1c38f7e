using MessagePack;

namespace Klaviyo.Storage.Records;

/// <summary>Gives identifiers to a profile; the first such record of an ordinal creates the profile.</summary>
internal readonly record struct IdentifiersRecord(int Profile, long TimeMs, Identifier[] Identifiers)
{
    internal static IdentifiersRecord Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new MessagePackReader(payload);
        var profile = reader.ReadInt32();
        var time = reader.ReadInt64();
        var identifiers = new Identifier[reader.ReadArrayHeader()];
        for (var i = 0; i < identifiers.Length; i++)
        {
            var kind = IdentifierKind.Of(reader.ReadString()!);
            identifiers[i] = Identifier.Of(kind, reader.ReadString()!);
        }

        return new IdentifiersRecord(profile, time, identifiers);
    }
}
