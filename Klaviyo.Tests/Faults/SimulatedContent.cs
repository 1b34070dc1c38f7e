namespace Klaviyo.Tests.Faults;

/// <summary>
/// The bytes of a simulated file: as they are now, as they are certain, and the changes between the two.
/// </summary>
internal sealed class SimulatedContent
{
    private readonly List<Change> _unsynced = [];
    private byte[] _durable = [];

    internal byte[] Bytes { get; private set; } = [];

    internal void Write(int offset, byte[] bytes) => Add(new Change(offset, bytes));

    internal void SetLength(int length) => Add(new Change(length, null));

    internal void Sync()
    {
        _unsynced.Clear();
        _durable = (byte[])Bytes.Clone();
    }

    internal void Replace(byte[] bytes)
    {
        Bytes = bytes;
        Sync();
    }

    internal SimulatedContent Clone()
    {
        var copy = new SimulatedContent();
        copy.Replace((byte[])Bytes.Clone());
        return copy;
    }

    internal SimulatedContent AfterPowerCut(Random random)
    {
        var bytes = (byte[])_durable.Clone();
        foreach (var change in _unsynced)
        {
            bytes = (Fate)random.Next(4) switch
            {
                Fate.Kept => Apply(bytes, change),
                Fate.Dropped => bytes,
                Fate.Torn => Tear(bytes, change, random, garbles: false),
                _ => Tear(bytes, change, random, garbles: true),
            };
        }

        var copy = new SimulatedContent();
        copy.Replace(bytes);
        return copy;
    }

    private static byte[] Apply(byte[] bytes, Change change)
    {
        if (change.Bytes is null)
        {
            Array.Resize(ref bytes, change.Offset);
            return bytes;
        }

        var result = new byte[Math.Max(bytes.Length, change.Offset + change.Bytes.Length)];
        bytes.CopyTo(result, 0);
        change.Bytes.CopyTo(result, change.Offset);
        return result;
    }

    private static byte[] Tear(byte[] bytes, Change change, Random random, bool garbles)
    {
        if (change.Bytes is null)
        {
            return random.Next(2) == 0 ? bytes : Apply(bytes, change);
        }

        for (var at = 0; at < change.Bytes.Length;)
        {
            var offset = change.Offset + at;
            var left = SimulatedFiles.SectorBytes - (offset % SimulatedFiles.SectorBytes);
            var count = Math.Min(left, change.Bytes.Length - at);
            var sector = change.Bytes.AsSpan(at, count).ToArray();
            at += count;
            var lot = random.Next(garbles ? 3 : 2);
            if (lot == 0)
            {
                continue;
            }

            if (lot == 2)
            {
                Garble(sector, bytes, offset, random);
            }

            bytes = Apply(bytes, new Change(offset, sector));
        }

        return bytes;
    }

    private static void Garble(byte[] sector, byte[] old, int offset, Random random)
    {
        for (var i = 0; i < sector.Length; i++)
        {
            if (offset + i >= old.Length || old[offset + i] != sector[i])
            {
                sector[i] = (byte)random.Next(256);
            }
        }
    }

    private void Add(Change change)
    {
        _unsynced.Add(change);
        Bytes = Apply(Bytes, change);
    }

    private enum Fate
    {
        Kept,
        Dropped,
        Torn,
        Garbled,
    }

    // Without bytes it is a change of the length.
    private sealed record Change(int Offset, byte[]? Bytes);
}
