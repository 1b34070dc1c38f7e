using Klaviyo.Storage.Log;
using Klaviyo.Tests.Storage.Log;

namespace Klaviyo.Tests.Faults;

/// <summary>
/// P3: damage below the durable end is reported, never returned as data, never skipped in silence. The method: damage
/// every place of a small store and read everything back. Either the store says that it is damaged, or all is as it
/// was.
/// </summary>
public sealed class DamageTests
{
    private const int LaneCount = 2;
    private const int PageBytes = 4096;
    private const int WordBytes = 8;
    private const int SectorBytes = SimulatedFiles.SectorBytes;

    private SimulatedFiles _disk = null!;
    private List<string> _original = [];

    [SetUp]
    public async Task Create()
    {
        _disk = new SimulatedFiles(0);
        using var log = Open(_disk);
        for (var turn = 0; turn < 6; turn++)
        {
            LogFixture.Fill(log.Lanes[0], 4, 300);
            LogFixture.Fill(log.Lanes[1], 1, 100 * turn);
            await log.CommitAsync();
        }

        // Beyond the durable end, so that the files hold more than exists.
        LogFixture.Fill(log.Lanes[0], 30, 300);
        _original = Everything(log);
    }

    [Test]
    public void Flip_OfEveryByte_IsFoundOrHarmless()
    {
        var found = new Dictionary<string, int>();
        var random = new Random(1);
        foreach (var name in _disk.List())
        {
            for (var i = 0; i < _disk[name].Length; i++)
            {
                Count(found, name, Damaged(name, bytes => bytes[i] ^= (byte)(1 << random.Next(8))), $"bit of byte {i}");
                Count(found, name, Damaged(name, bytes => bytes[i] ^= 0xFF), $"byte {i}");
            }
        }

        Assert.That(found.Keys, Does.Contain("lane-0/log.0").And.Contain("lane-0/log.1").And.Contain("lane-1/log.0"));
        Assert.That(found.Keys, Has.None.StartsWith("STORE"), "each of the two files has what the other lost");
    }

    [Test, Category("Slow")]
    public void Flip_OfEveryBit_IsFoundOrHarmless()
    {
        foreach (var name in _disk.List())
        {
            for (var bit = 0; bit < 8 * _disk[name].Length; bit++)
            {
                Outcome(name, Damaged(name, bytes => bytes[bit / 8] ^= (byte)(1 << (bit % 8))), $"bit {bit}");
            }
        }
    }

    [Test]
    public void Sector_ZeroedOrExchanged_IsFoundOrHarmless()
    {
        foreach (var name in _disk.List())
        {
            for (var at = 0; at + (2 * SectorBytes) <= _disk[name].Length; at += SectorBytes)
            {
                Outcome(name, Damaged(name, bytes => bytes.AsSpan(at, SectorBytes).Clear()), $"zeroed {at}");
                Outcome(name, Damaged(name, bytes => Exchange(bytes, at, SectorBytes)), $"exchanged {at}");
            }
        }
    }

    [Test]
    public void Words_Exchanged_AreFoundOrHarmless()
    {
        foreach (var name in _disk.List())
        {
            for (var at = 0; at + (2 * WordBytes) <= _disk[name].Length; at += 4)
            {
                Outcome(name, Damaged(name, bytes => Exchange(bytes, at, WordBytes)), $"words at {at}");
            }
        }
    }

    [Test]
    public void Truncation_OfALane_IsFoundOrHarmless()
    {
        foreach (var name in _disk.List().Where(name => name.StartsWith("lane", StringComparison.Ordinal)))
        {
            for (var length = 0; length < _disk[name].Length; length += 4)
            {
                var damaged = _disk.Clone();
                damaged[name] = damaged[name][..length];
                Outcome(name, damaged, $"cut to {length}");
            }
        }
    }

    [Test]
    public void Records_OfEqualLengthExchanged_AreFound()
    {
        var length = LogLayout.SpaceOf(300);
        var damaged = Damaged("lane-0/log.0", bytes => Exchange(bytes, (int)LogLayout.FirstAddress, length));

        var error = Assert.Throws<StoreCorruptedException>(() => ReadAll(damaged))!;
        Assert.That(error.File, Is.EqualTo("lane-0/log.0"));
        Assert.That(error.Address, Is.EqualTo(LogLayout.FirstAddress));
        Assert.That(error.Offset, Is.EqualTo(LogLayout.FirstAddress));
        Assert.That(error.Sequence, Is.EqualTo(1));
    }

    [Test]
    public void Record_OfAnotherLane_IsFound()
    {
        var damaged = Damaged("lane-1/log.0", bytes => _disk["lane-0/log.0"].AsSpan(0, bytes.Length).CopyTo(bytes));

        Assert.That(() => ReadAll(damaged), Throws.TypeOf<StoreCorruptedException>());
    }

    [Test]
    public async Task Lanes_OfTheSameShapeExchanged_AreFound()
    {
        var disk = new SimulatedFiles(0);
        using (var log = Open(disk))
        {
            LogFixture.Fill(log.Lanes[0], 3);
            LogFixture.Fill(log.Lanes[1], 3);
            await log.CommitAsync();
        }

        disk["lane-1/log.0"] = disk["lane-0/log.0"];

        Assert.That(() => ReadAll(disk), Throws.TypeOf<StoreCorruptedException>());
    }

    [Test]
    public void Record_Damaged_LeavesTheOthersReadable()
    {
        var length = LogLayout.SpaceOf(300);
        var damaged = Damaged("lane-0/log.0", bytes => bytes[LogLayout.FirstAddress + length + 100] ^= 1);
        using var log = Open(damaged);
        byte[] buffer = [];
        LogAddress At(int record) => new(LogLayout.FirstAddress + (record * length));

        Assert.That(log.Lanes[0].Read(At(0), ref buffer).Sequence, Is.EqualTo(1));
        Assert.That(() => log.Lanes[0].Read(At(1), ref buffer), Throws.TypeOf<StoreCorruptedException>());
        Assert.That(log.Lanes[0].Read(At(2), ref buffer).Sequence, Is.EqualTo(3));
    }

    [Test]
    public void Segment_Missing_IsFoundAtOpen()
    {
        _disk.Delete("lane-0/log.0");

        Assert.That(
            () => Open(_disk),
            Throws.TypeOf<StoreCorruptedException>().With.Property("File").EqualTo("lane-0/log.0"));
    }

    private static EventLog Open(SimulatedFiles disk) => EventLog.Open(LogFixture.Options(disk, LaneCount) with
    {
        PageBytes = PageBytes,
        SegmentBytes = PageBytes,
        MemoryBytes = 2 * PageBytes,
    });

    private static List<string> ReadAll(SimulatedFiles disk)
    {
        using var log = Open(disk);
        return Everything(log);
    }

    private static List<string> Everything(EventLog log)
    {
        var all = new List<string>();
        foreach (var lane in log.Lanes)
        {
            foreach (var record in lane.Scan(lane.Begin, log.Durable[lane.Lane].Until))
            {
                var payload = Convert.ToHexString(record.Payload.Span);
                all.Add($"{lane.Lane} {record.Address} {record.Sequence} {record.Kind} {payload}");
            }
        }

        return all;
    }

    private static void Exchange(byte[] bytes, int at, int count)
    {
        var first = bytes.AsSpan(at, count).ToArray();
        bytes.AsSpan(at + count, count).CopyTo(bytes.AsSpan(at));
        first.CopyTo(bytes, at + count);
    }

    private void Count(Dictionary<string, int> found, string name, SimulatedFiles damaged, string what)
    {
        if (Outcome(name, damaged, what))
        {
            found[name] = found.GetValueOrDefault(name) + 1;
        }
    }

    private SimulatedFiles Damaged(string name, Action<byte[]> damage)
    {
        var copy = _disk.Clone();
        damage(copy[name]);
        return copy;
    }

    /// <summary>
    /// Reads everything back; true when the damage was found, a failed test when it was not and matters.
    /// </summary>
    private bool Outcome(string name, SimulatedFiles damaged, string what)
    {
        try
        {
            if (!ReadAll(damaged).SequenceEqual(_original))
            {
                Assert.Fail($"{name}, {what}: other data was returned in silence");
            }

            return false;
        }
        catch (StoreCorruptedException)
        {
            return true;
        }
    }
}
