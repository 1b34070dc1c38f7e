using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using CsCheck;
using Klaviyo.Storage.Cold;
using Klaviyo.Storage.Index;
using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Storage.Index;

// A bound so small that entries leave memory: nothing else may be different.
public sealed class IdentifierTableOnDiskTests
{
    private const string Prefix = "identifiers.";
    private const int Names = 300;

    private enum Deed
    {
        Set,
        Remove,
        Settle,
        RemoveWhere,
        Restore,
        Rewrite,
    }

    private static readonly Gen<(Deed Deed, int Name, int Profile)[]> Deeds = Gen.Select(
        Gen.Frequency((20, Gen.Const(Deed.Set)), (6, Gen.Const(Deed.Remove)), (8, Gen.Const(Deed.Settle)),
            (1, Gen.Const(Deed.RemoveWhere)), (1, Gen.Const(Deed.Restore)), (1, Gen.Const(Deed.Rewrite))),
        Gen.Int[0, Names],
        Gen.Int[0, 1000]).Array[0, 400];

    [Test]
    public void RandomDeeds_AreThoseOfADictionary([Values(0, 4_000, 12_000)] int bytesMax)
    {
        Deeds.Sample(deeds => Do(deeds, bytesMax, name => Hash(name, 8)), iter: 60);
    }

    // One group, runs of several pages, and hashes that are alike now and then, over the edges of pages too.
    [Test]
    public void RandomDeeds_InOneGroup_AreThoseOfADictionary()
    {
        Gen.Select(Deeds, Gen.Int[1, 400]).Sample((deeds, alike) =>
            Do([.. Enumerable.Range(0, Names).Select(n => (Deed.Set, n, n)), (Deed.Settle, 0, 0), .. deeds], 0, name =>
                new IdentifierTable.Entry { High = (0xABUL << 56) | ((ulong)(name / alike) << 44), Low = (ulong)name << 40 }), iter: 60);
    }

    [Test]
    public void Many_AreFoundWithOneRead_AndOthersWithNone()
    {
        const int Count = 200_000;
        const int Bound = 512 << 10;
        var (table, plan) = Filled(Count, Bound);
        using var _ = table;
        Assert.That(table.Bytes, Is.LessThan((Bound * 5 / 4) + (Count * 2)));
        Assert.That(table.FileBytes, Is.InRange(Count * 10, (Count * 16 * 5 / 2) + (4 << 20)));
        var before = Reads(plan);
        for (var i = 0; i < Count; i += 10)
        {
            Assert.That(table.TryGet(Identifier.ExternalId($"{i}"), out var profile) && profile == new ProfileKey(0, i), Is.True);
        }

        Assert.That(Reads(plan) - before, Is.InRange(Count / 20, Count / 10));
        before = Reads(plan);
        for (var i = 0; i < Count; i += 10)
        {
            Assert.That(table.TryGet(Identifier.Email($"{i}@b.c"), out var _), Is.False);
        }

        Assert.That(Reads(plan) - before, Is.LessThan(Count / 10 / 50));
    }

    [Test]
    public void WhoIsAskedForAgain_IsReadOnce()
    {
        var (table, plan) = Filled(60_000, 512 << 10);
        using var _ = table;
        for (var turn = 0; turn < 20; turn++)
        {
            for (var i = 0; i < 100; i++)
            {
                Assert.That(table.TryGet(Identifier.ExternalId($"{i}"), out var profile) && profile == new ProfileKey(0, i), Is.True);
                table.Settle();
            }
        }

        var before = Reads(plan);
        for (var i = 0; i < 100; i++)
        {
            table.TryGet(Identifier.ExternalId($"{i}"), out var _);
        }

        Assert.That(Reads(plan) - before, Is.LessThan(20));
    }

    [Test]
    public void WithoutPressure_NothingIsWritten()
    {
        var (table, plan) = Filled(20_000, 16 << 20);
        using var _ = table;
        Assert.That(plan.Seen.Keys.Any(k => k.Call is FileCall.Write or FileCall.Create or FileCall.Read), Is.False);
        Assert.That(table.FileBytes, Is.Zero);
    }

    [Test]
    public void Files_AreGoneWithTheTable_AndThoseOfAnEarlierLifeWithTheNext()
    {
        var files = new SimulatedFiles(1);
        using (var left = files.Open(Prefix + "7", create: true))
        {
            left.Write(0, new byte[10]);
        }

        using (var table = NewTable(files, 0))
        {
            Assert.That(files.List(), Is.Empty);
            Fill(table, 1000);
            Assert.That(files.List(), Is.Not.Empty);
        }

        Assert.That(files.List(), Is.Empty);
    }

    // Whoever is in memory, or on another page, is found as before; who is on the page is told where the damage is.
    [Test]
    public void FlippedBit_InAnyPage_IsFoundAndNamed()
    {
        var files = new SimulatedFiles(1);
        using var table = NewTable(files, 0);
        Fill(table, 3000);
        table.Rewrite();
        var random = new Random(1);
        foreach (var name in files.List())
        {
            for (var offset = 0; offset < files[name].Length; offset += IdentifierRuns.PageBytes)
            {
                var whole = files[name].ToArray();
                var at = offset + random.Next(IdentifierRuns.PageBytes);
                Flip(files, name, at);
                var damages = Enumerable.Range(0, 3000).Select(i => DamageOf(table, i)).Where(d => d is not null).ToList();
                Assert.That(damages.Select(d => (d!.File, d.Offset)).Distinct(), Is.SubsetOf(new[] { (name, (long)offset) }), $"{name} {at}");
                Assert.That(damages, Is.Not.Empty, $"{name} {at}");
                files[name] = whole;
            }
        }
    }

    [Test]
    public void PageInThePlaceOfAnother_IsDamage()
    {
        var files = new SimulatedFiles(1);
        using var table = NewTable(files, 0);
        Fill(table, 600);
        table.Rewrite();
        var name = files.List()[0];
        var bytes = files[name];
        bytes.AsSpan(0, IdentifierRuns.PageBytes).CopyTo(bytes.AsSpan(IdentifierRuns.PageBytes));
        files[name] = bytes;
        Assert.That(Enumerable.Range(0, 600).Select(i => DamageOf(table, i)).First(d => d is not null)!.Offset, Is.EqualTo(IdentifierRuns.PageBytes));
    }

    // A group with a damaged run stays in memory, and all others go on leaving it.
    [Test]
    public void Settle_BesideADamagedRun_GoesOn()
    {
        var files = new SimulatedFiles(1);
        using var table = NewTable(files, 0);
        Fill(table, 600);
        table.Rewrite();
        Flip(files, files.List()[0], 100);
        for (var i = 600; i < 3000; i++)
        {
            table.Set(Identifier.ExternalId($"{i}"), new ProfileKey(0, i));
            table.Settle();
        }

        Assert.That(table.Bytes, Is.LessThan(40_000));
        Assert.That(Enumerable.Range(0, 600).Any(i => DamageOf(table, i) is not null), Is.True);
        Assert.That(Enumerable.Range(600, 2400).Count(i => table.TryGet(Identifier.ExternalId($"{i}"), out var p) && p.Ordinal == i), Is.EqualTo(2400));
    }

    [Test]
    public void Fault_OfAnyCall_LeavesAllAsItWas(
        [Values(FileCall.Create, FileCall.Write, FileCall.Read, FileCall.Delete)] FileCall call, [Values(FaultKind.Error, FaultKind.Half)] FaultKind kind)
    {
        if (kind == FaultKind.Half && call is not (FileCall.Write or FileCall.Read))
        {
            return;
        }

        var struck = 0;
        for (var nth = 1; nth < 200; nth += nth < 20 ? 1 : 17)
        {
            var plan = new FaultPlan(call, Prefix, nth, Kind: kind);
            using var table = NewTable(new FaultyFiles(new SimulatedFiles(1), plan), 0);
            for (var i = 0; i < 400; i++)
            {
                table.Set(Identifier.ExternalId($"{i % 300}"), new ProfileKey(0, i));
                Try(table.Settle);
                if (i % 7 == 0)
                {
                    table.Remove(Identifier.ExternalId($"{i % 300}"));
                    Try(() => table.RemoveWhere(p => p.Ordinal == i - 3));
                    Try(() => table.RemoveWhere(p => p.Ordinal == i - 3));
                }

                if (i % 100 == 99)
                {
                    Try(table.Rewrite);
                    Try(() => table.TryGet(Identifier.ExternalId("1"), out var _));
                }
            }

            for (var i = 100; i < 400; i++)
            {
                var isGone = i % 7 == 0 || (i + 3) % 7 == 0 && i + 3 < 400;
                var isKnown = TryTwice(table, i % 300, out var profile);
                Assert.That(isKnown, Is.EqualTo(!isGone), $"{plan}: {i}");
                Assert.That(!isKnown || profile == new ProfileKey(0, i), Is.True, $"{plan}: {i}");
            }

            struck += plan.HasStruck ? 1 : 0;
        }

        Assert.That(struck, Is.GreaterThan(15), "the plans test nothing");
    }

    [Test]
    public void Rewrite_LeavesNoTraceOfWhoWasTakenAway()
    {
        var files = new SimulatedFiles(1);
        using var table = NewTable(files, 0);
        Fill(table, 3000);
        for (var i = 0; i < 3000; i += 3)
        {
            table.Remove(Identifier.ExternalId($"{i}"));
        }

        table.Settle();
        Assert.That(Enumerable.Range(0, 3000).Count(i => i % 3 == 0 && IsInAFile(table, files, i)), Is.GreaterThan(0));
        table.Rewrite();
        for (var i = 0; i < 3000; i++)
        {
            Assert.That(IsInAFile(table, files, i), Is.EqualTo(i % 3 != 0), $"{i}");
        }
    }

    // Runs that lie alone in files of waste are written anew.
    [Test]
    public void Settle_WithLittleThatLives_GivesTheDiskBack()
    {
        var files = new SimulatedFiles(1);
        using var table = NewTable(files, 0);
        Fill(table, 6000);
        table.Rewrite();
        for (var i = 0; i < 6000; i++)
        {
            var identifier = Identifier.ExternalId($"{i}");
            if ((table.EntryOf(identifier).High >> 56) % 16 != 0)
            {
                table.Remove(identifier);
            }
        }

        table.Settle();
        const int Live = 16 * IdentifierRuns.PageBytes;
        Assert.That(table.FileBytes, Is.InRange(Live, (2 * Live) + (128 << 10)));
        Assert.That(files.List().Sum(name => files[name].Length), Is.EqualTo(table.FileBytes));
    }

    [Test]
    public void Readers_BesideAWriterWhoseEntriesLeaveMemory_FindWhatIsThere()
    {
        using var table = NewTable(new SimulatedFiles(1), 60_000);
        Fill(table, 1000);
        var isDone = false;
        var readers = Enumerable.Range(0, 2).Select(reader => Task.Factory.StartNew(
            () =>
            {
                for (var i = reader; !Volatile.Read(ref isDone); i = (i + 2) % 1000)
                {
                    Assert.That(table.TryGet(Identifier.ExternalId($"{i}"), out var profile) && profile == new ProfileKey(0, i), Is.True);
                    Assert.That(table.TryGet(Identifier.Email($"{i}@b.c"), out var _), Is.False);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)).ToArray();
        for (var i = 1000; i < 20_000; i++)
        {
            table.Set(Identifier.ExternalId($"{i}"), new ProfileKey(0, i));
            if (i % 3 == 0)
            {
                table.Remove(Identifier.ExternalId($"{i - 1}"));
            }

            table.Settle();
        }

        Volatile.Write(ref isDone, true);
        Assert.That(async () => await Task.WhenAll(readers), Throws.Nothing);
    }

    private static void Do((Deed Deed, int Name, int Profile)[] deeds, int bytesMax, Func<int, IdentifierTable.Entry> entryOf)
    {
        var files = new SimulatedFiles(1);
        var table = NewTable(files, bytesMax);
        var expected = new Dictionary<int, int>();
        foreach (var (deed, name, profile) in deeds)
        {
            switch (deed)
            {
                case Deed.Set:
                    table.Load(Bytes(entryOf(name), profile));
                    expected[name] = profile;
                    break;
                case Deed.Remove when expected.Remove(name, out var had):
                    // Only by profile can an entry that has no identifier be taken away.
                    foreach (var alike in expected.Where(e => e.Value == had).ToList())
                    {
                        expected.Remove(alike.Key);
                    }

                    table.RemoveWhere(p => p.Ordinal == had);
                    break;
                case Deed.Settle:
                    table.Settle();
                    break;
                case Deed.RemoveWhere:
                    table.RemoveWhere(p => p.Ordinal % 5 == profile % 5);
                    foreach (var gone in expected.Where(e => e.Value % 5 == profile % 5).ToList())
                    {
                        expected.Remove(gone.Key);
                    }

                    break;
                case Deed.Restore:
                    var saved = Enumerable.Range(0, IdentifierTable.PartCount).Select(part => Saved(table, part)).ToList();
                    Assert.That(saved.Sum(s => s.Length), Is.EqualTo(expected.Count * IdentifierTable.Entry.Bytes));
                    foreach (var entry in saved.SelectMany(part => MemoryMarshal.Cast<byte, IdentifierTable.Entry>(part).ToArray()))
                    {
                        Assert.That((uint)(entry.Low & uint.MaxValue), Is.LessThanOrEqualTo(1000), "an ordinal and no mark beside it");
                    }

                    table.Dispose();
                    table = NewTable(files, bytesMax);
                    saved.ForEach(part => table.Load(part));
                    break;
                case Deed.Rewrite:
                    table.Rewrite();
                    break;
            }

            ExpectSame(table, expected, name, entryOf);
        }

        for (var name = 0; name <= Names; name++)
        {
            ExpectSame(table, expected, name, entryOf);
        }

        table.Dispose();
        Assert.That(files.List(), Is.Empty);
    }

    private static void ExpectSame(IdentifierTable table, Dictionary<int, int> expected, int name, Func<int, IdentifierTable.Entry> entryOf)
    {
        var known = table.TryGet(entryOf(name), out var profile);
        Assert.That(known, Is.EqualTo(expected.TryGetValue(name, out var right)), $"{name}");
        Assert.That(profile, Is.EqualTo(known ? new ProfileKey(0, right) : default));
    }

    private static IdentifierTable.Entry Hash(int name, int groups)
    {
        var bits = unchecked((ulong)(name + 1) * 0x9E3779B97F4A7C15UL);
        return new IdentifierTable.Entry { High = ((ulong)(name % groups) << 56) | (bits >> 8), Low = bits << 40 };
    }

    private static byte[] Bytes(IdentifierTable.Entry entry, int profile)
    {
        entry.Low |= (uint)profile;
        return MemoryMarshal.AsBytes([entry]).ToArray();
    }

    private static byte[] Saved(IdentifierTable table, int part)
    {
        var saved = new ArrayBufferWriter<byte>();
        table.Save(part, saved);
        return saved.WrittenSpan.ToArray();
    }

    private static IdentifierTable NewTable(Klaviyo.Storage.Files.IStorageFiles files, long bytesMax) =>
        new(Guid.Empty, new IdentifierRuns(files, Prefix, 7, fileBytesMax: 64 << 10)) { BytesMax = bytesMax };

    private static (IdentifierTable Table, FaultPlan Plan) Filled(int count, long bytesMax)
    {
        var plan = FaultPlan.Nothing;
        var table = NewTable(new FaultyFiles(new SimulatedFiles(1), plan), bytesMax);
        Fill(table, count);
        return (table, plan);
    }

    private static void Fill(IdentifierTable table, int count)
    {
        for (var i = 0; i < count; i++)
        {
            table.Set(Identifier.ExternalId($"{i}"), new ProfileKey(0, i));
            if (i % 16 == 0)
            {
                table.Settle();
            }
        }

        table.Settle();
    }

    private static int Reads(FaultPlan plan) => plan.Seen.GetValueOrDefault((FileCall.Read, "identifiers.N"));

    private static void Flip(SimulatedFiles files, string name, int at)
    {
        var bytes = files[name];
        bytes[at] ^= 4;
        files[name] = bytes;
    }

    private static StoreCorruptedException? DamageOf(IdentifierTable table, int name)
    {
        try
        {
            Assert.That(table.TryGet(Identifier.ExternalId($"{name}"), out var profile) && profile.Ordinal == name, Is.True);
            return null;
        }
        catch (StoreCorruptedException damage)
        {
            return damage;
        }
    }

    private static bool IsInAFile(IdentifierTable table, SimulatedFiles files, int name)
    {
        var hash = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(hash, table.EntryOf(Identifier.ExternalId($"{name}")).High);
        return files.List().Any(file => files[file].AsSpan().IndexOf(hash) >= 0);
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception fault) when (fault is InjectedFaultException or StoreCorruptedException or EndOfStreamException)
        {
            // What is asked afterwards is what counts.
        }
    }

    private static bool TryTwice(IdentifierTable table, int name, out ProfileKey profile)
    {
        var (known, found) = (false, default(ProfileKey));
        try
        {
            known = table.TryGet(Identifier.ExternalId($"{name}"), out found);
        }
        catch (Exception fault) when (fault is InjectedFaultException or StoreCorruptedException)
        {
            known = table.TryGet(Identifier.ExternalId($"{name}"), out found);
        }

        profile = found;
        return known;
    }
}
