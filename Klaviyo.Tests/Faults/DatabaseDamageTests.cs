using Klaviyo.Storage.Checkpoints;
using Klaviyo.Storage.Log;

namespace Klaviyo.Tests.Faults;

/// <summary>
/// P3, P5, P6 for the whole database: a closed store is damaged in one place, opened, verified, and asked everything. Either
/// the damage is reported with file and place, or no answer has changed; and what is derived must not change any. By
/// default a seeded sample of places; KLAVIYO_ROT=all takes every bit and every sector.
/// </summary>
public sealed class DatabaseDamageTests
{
    private const int Sample = 40;
    private const int SectorBytes = SimulatedFiles.SectorBytes;

    private readonly Random _random = new(1);
    private ScriptedLife _life = null!;
    private SimulatedFiles _disk = null!;
    private int _found;
    private int _harmless;

    private static bool IsWhole => Environment.GetEnvironmentVariable("KLAVIYO_ROT") == "all";

    [SetUp]
    public async Task Create()
    {
        (_disk, _life) = (new SimulatedFiles(4), new ScriptedLife(4, lanes: 2));
        (_found, _harmless) = (0, 0);
        await _life.LiveAsync(_disk, turns: 14);
        Assert.That(await _life.CheckAsync(_disk.Clone()), Is.Null);
        Assert.That(_disk.List().Select(FaultPlan.KindOf).Distinct(), Is.SupersetOf(new[] { "STORE", "superblock", "lane-N/log.N", "checkpoint-N" }));
    }

    [Test]
    public Task Bit_Flipped_IsFoundOrHarmless() =>
        ForAllAsync(file => 8 * file.Length, (bytes, bit) => bytes[bit / 8] ^= (byte)(1 << (bit % 8)));

    [Test]
    public Task Byte_Changed_IsFoundOrHarmless() => ForAllAsync(file => file.Length, (bytes, at) => bytes[at] = (byte)~bytes[at]);

    [Test]
    public Task Sector_Zeroed_IsFoundOrHarmless() =>
        ForAllAsync(Sectors, (bytes, sector) => Sector(bytes, sector).Clear());

    [Test]
    public Task Sector_Exchanged_IsFoundOrHarmless()
    {
        return ForAllAsync(Sectors, (bytes, sector) =>
        {
            var (first, second) = (Sector(bytes, sector).ToArray(), Sector(bytes, Other(bytes, sector)).ToArray());
            second.CopyTo(Sector(bytes, sector));
            first.AsSpan(0, Math.Min(first.Length, Sector(bytes, Other(bytes, sector)).Length)).CopyTo(Sector(bytes, Other(bytes, sector)));
        });
    }

    [Test]
    public Task Sector_Duplicated_IsFoundOrHarmless() =>
        ForAllAsync(Sectors, (bytes, sector) => Sector(bytes, sector).ToArray().AsSpan(0, Sector(bytes, Other(bytes, sector)).Length).CopyTo(Sector(bytes, Other(bytes, sector))));

    [Test]
    public async Task File_CutShort_IsFoundOrHarmless()
    {
        foreach (var name in _disk.List())
        {
            foreach (var length in Places(_disk[name].Length))
            {
                await CheckAsync(name, bytes => bytes[..length], $"cut to {length}");
            }
        }
    }

    [Test]
    public async Task File_Longer_IsFoundOrHarmless()
    {
        foreach (var name in _disk.List())
        {
            await CheckAsync(name, bytes => [.. bytes, .. new byte[SectorBytes]], "zeros behind it");
            await CheckAsync(name, bytes => [.. bytes, .. bytes], "itself behind it");
        }
    }

    [Test]
    public async Task File_Missing_IsFoundOrHarmless()
    {
        foreach (var name in _disk.List())
        {
            var damaged = _disk.Clone();
            damaged.Delete(name);
            await CheckAsync(damaged, name, "missing");
        }
    }

    // Both copies of a slot lie in one block of 4 KiB, and disks lose such blocks whole. The other slot is the cut before.
    [Test]
    public async Task Superblock_NewestSlotLostWhole_IsFound()
    {
        var found = 0;
        foreach (var slot in new[] { 0, Superblock.SlotBytes })
        {
            var damaged = _disk.Clone();
            damaged[Superblock.FileName].AsSpan(slot, Superblock.SlotBytes).Clear();
            try
            {
                Assert.That(await _life.VerifyAsync(damaged), Is.Null, $"slot at {slot}");
            }
            catch (StoreCorruptedException damage)
            {
                Assert.That(damage.File, Is.EqualTo(Superblock.FileName));
                Assert.That(damage.Message, Does.Contain("Acknowledged records may be lost"));
                found++;
            }
        }

        Assert.That(found, Is.EqualTo(1), "the loss of the older slot takes nothing away");
    }

    // Frames of one length fit into the place of one another, and a sector may hold whole ones.
    [Test]
    public async Task Checkpoint_FrameInThePlaceOfAnother_IsFound()
    {
        var name = CheckpointFile.Names(_disk)[0];
        var pairs = CheckpointBytes.Frames(_disk[name], lanes: 2)
            .GroupBy(frame => frame.End.Value - frame.Start.Value)
            .SelectMany(same => same.Zip(same.Skip(1)))
            .Where(pair => !_disk[name][pair.First].SequenceEqual(_disk[name][pair.Second]))
            .Take(Sample)
            .ToList();
        Assert.That(pairs, Is.Not.Empty);
        foreach (var (frame, other) in pairs)
        {
            await CheckAsync(name, bytes => [.. bytes[..other.Start], .. bytes[frame], .. bytes[other.End..]], $"{frame} at {other}");
        }

        Assert.That(_found, Is.EqualTo(pairs.Count));
    }

    [Test]
    public async Task Checkpoint_HeaderOfAnother_IsFound()
    {
        var names = CheckpointFile.Names(_disk);
        var headerBytes = CheckpointBytes.HeaderBytes(lanes: 2);
        foreach (var (name, other) in new[] { (names[0], names[1]), (names[1], names[0]) })
        {
            await CheckAsync(name, bytes => [.. _disk[other][..headerBytes], .. bytes[headerBytes..]], $"header of {other}");
        }

        Assert.That(_found, Is.EqualTo(names.Count));
    }

    private static int Sectors(byte[] file) => file.Length / SectorBytes;

    private static int Other(byte[] bytes, int sector) => (sector + 1) % Math.Max(1, Sectors(bytes));

    private static Span<byte> Sector(byte[] bytes, int sector) => bytes.AsSpan(sector * SectorBytes, SectorBytes);

    private IEnumerable<int> Places(int count) => IsWhole || count <= Sample
        ? Enumerable.Range(0, count)
        : Enumerable.Range(0, Sample).Select(_ => _random.Next(count));

    private async Task ForAllAsync(Func<byte[], int> count, Action<byte[], int> damage)
    {
        foreach (var name in _disk.List())
        {
            foreach (var place in Places(count(_disk[name])))
            {
                await CheckAsync(name, bytes => Changed(bytes, place, damage), $"place {place}");
            }
        }

        Assert.That(_found, Is.GreaterThan(0));
        await TestContext.Out.WriteLineAsync($"{_found} found, {_harmless} harmless");
    }

    private static byte[] Changed(byte[] bytes, int place, Action<byte[], int> damage)
    {
        damage(bytes, place);
        return bytes;
    }

    private Task CheckAsync(string name, Func<byte[], byte[]> damage, string what)
    {
        var damaged = _disk.Clone();
        damaged[name] = damage(damaged[name]);
        return CheckAsync(damaged, name, what);
    }

    private async Task CheckAsync(SimulatedFiles damaged, string name, string what)
    {
        string? problem;
        try
        {
            problem = await _life.VerifyAsync(damaged);
        }
        catch (StoreCorruptedException damage) when (StoreFiles.IsTruth(name))
        {
            Assert.That(damage.File, Is.EqualTo(name), $"{name}, {what}");
            Assert.That(damage.Offset, Is.InRange(0, Math.Max(0, _disk[name].Length)), $"{name}, {what}");
            _found++;
            return;
        }

        // Verifying tells of derived files too; it comes after all answers were compared.
        Assert.That(problem is null || problem.StartsWith(name, StringComparison.Ordinal), Is.True, $"{name}, {what}: {problem}");
        Assert.That(problem is null || !StoreFiles.IsTruth(name), Is.True, $"{name}, {what}: {problem}");
        _found += problem is null ? 0 : 1;
        _harmless += problem is null ? 1 : 0;
    }
}
