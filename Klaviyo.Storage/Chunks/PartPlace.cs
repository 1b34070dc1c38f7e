namespace Klaviyo.Storage.Chunks;

/// <summary>Where a part of a chunk lies in its file, and its checksum.</summary>
internal readonly record struct PartPlace(long Offset, int Bytes, uint Crc);
