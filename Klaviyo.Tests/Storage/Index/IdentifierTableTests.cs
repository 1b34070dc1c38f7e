using System.Buffers;
using System.Runtime.InteropServices;
using CsCheck;
using Klaviyo.Storage.Index;

namespace Klaviyo.Tests.Storage.Index;

public sealed class IdentifierTableTests
{
    // Few names, so that each is set, replaced and removed often, and the places of a part fill up around one another.
    private static readonly Gen<(int Name, int Profile)[]> Deeds =
        Gen.Select(Gen.Int[0, 400], Gen.Int[-1, 1_000_000]).Array[0, 3000];

    // Entries as a checkpoint has them, in one part, with hashes that lie close by and are alike now and then.
    private static readonly Gen<(ulong High, int Low, bool Removes)[]> CloseBy =
        Gen.Select(Gen.ULong[0, 60], Gen.Int[0, 2], Gen.Bool, (hash, low, removes) => ((0xABCUL << 52) | (hash << 46), low, removes)).Array[0, 400];

    [Test]
    public void RandomDeeds_AreThoseOfADictionary()
    {
        Deeds.Sample(deeds =>
        {
            var table = new IdentifierTable(Guid.Empty);
            var expected = new Dictionary<Identifier, ProfileKey>();
            foreach (var (name, profile) in deeds)
            {
                var identifier = Identifier.ExternalId($"{name}");
                if (profile < 0)
                {
                    table.Remove(identifier);
                    expected.Remove(identifier);
                }
                else
                {
                    table.Set(identifier, new ProfileKey(profile % 64, profile));
                    expected[identifier] = new ProfileKey(profile % 64, profile);
                }
            }

            ExpectSame(table, expected);
            var restored = new IdentifierTable(Guid.Empty);
            for (var part = 0; part < IdentifierTable.PartCount; part++)
            {
                restored.Load(Saved(table, part));
            }

            ExpectSame(restored, expected);
        }, iter: 60);
    }

    [Test]
    public void TryGet_OfAnotherKindWithTheSameText_IsAnother()
    {
        var table = new IdentifierTable(Guid.Empty);
        table.Set(Identifier.ExternalId("a@b.c"), new ProfileKey(0, 1));
        Assert.That(table.TryGet(Identifier.Email("a@b.c"), out _), Is.False);
    }

    [Test]
    public void RandomDeeds_WithHashesThatLieCloseBy_AreThoseOfADictionary()
    {
        CloseBy.Sample(deeds =>
        {
            var (table, expected) = (new IdentifierTable(Guid.Empty), new Dictionary<(ulong High, int Low), ProfileKey>());
            foreach (var (high, low, removes) in deeds)
            {
                var profile = new ProfileKey(0, ((int)(high >> 46) * 3) + low);
                if (removes)
                {
                    table.RemoveWhere(p => p == profile);
                    expected.Remove((high, low));
                }
                else
                {
                    table.Load(MemoryMarshal.AsBytes<ulong>([high, ((ulong)low << 40) | (uint)profile.Ordinal]));
                    expected[(high, low)] = profile;
                }

                Assert.That(
                    deeds.All(d => table.TryGet(new IdentifierTable.Entry { High = d.High, Low = (ulong)d.Low << 40 }, out var found)
                        == expected.TryGetValue((d.High, d.Low), out var right) && found == right),
                    Is.True);
            }
        }, iter: 100);
    }

    // A quarter more places for each hash would be memory without end for hashes that are all one.
    [Test]
    public void Load_OfHashesThatAreAllAlike_TakesMemoryForThemOnly([Values(0UL, ulong.MaxValue)] ulong hash)
    {
        const int Count = 1000;
        var entries = new ulong[Count * 2];
        for (var i = 0; i < Count; i++)
        {
            (entries[i * 2], entries[(i * 2) + 1]) = (Math.Max(1, hash), ((ulong)i << 40) | (uint)i);
        }

        var table = new IdentifierTable(Guid.Empty);
        table.Load(MemoryMarshal.AsBytes(entries.AsSpan()));
        for (var i = 0; i < Count; i++)
        {
            var sought = new IdentifierTable.Entry { High = entries[i * 2], Low = entries[(i * 2) + 1] };
            Assert.That(table.TryGet(sought, out var profile) && profile == new ProfileKey(0, i), Is.True);
        }

        Assert.That(table.Bytes, Is.LessThan(Count * IdentifierTable.Entry.Bytes * 8));
    }

    [TestCase(20_000, 40)]
    [TestCase(150_000, 28)]
    [TestCase(400_000, 24)]
    [TestCase(500_000, 24)]
    public void Bytes_AreLittleMoreThanThoseOfTheEntries_WhateverTheirNumber(int count, int bytesMax)
    {
        var table = new IdentifierTable(Guid.Empty);
        for (var i = 0; i < count; i++)
        {
            table.Set(Identifier.ExternalId($"{i}"), new ProfileKey(0, i));
        }

        Assert.That((double)table.Bytes / count, Is.InRange(17, bytesMax));
    }

    // What an entry that goes leaves free, those behind it take, at the end of a part too.
    [Test]
    public void RemoveWhere_OfMany_LeavesTheOthers()
    {
        var table = new IdentifierTable(Guid.Empty);
        for (var i = 0; i < 50_000; i++)
        {
            table.Set(Identifier.ExternalId($"{i}"), new ProfileKey(0, i));
        }

        table.RemoveWhere(profile => profile.Ordinal % 3 != 0);
        for (var i = 0; i < 50_000; i++)
        {
            Assert.That(table.TryGet(Identifier.ExternalId($"{i}"), out var profile), Is.EqualTo(i % 3 == 0));
            Assert.That(profile.Ordinal, Is.EqualTo(i % 3 == 0 ? i : 0));
        }
    }

    [Test]
    public void RemoveWhere_ThatFails_LeavesAllOfThePart()
    {
        var table = new IdentifierTable(Guid.Empty);
        var asked = 0;
        for (var i = 0; i < 20_000; i++)
        {
            table.Set(Identifier.ExternalId($"{i}"), new ProfileKey(0, i));
        }

        Assert.That(
            () => table.RemoveWhere(_ => ++asked == 3 ? throw new InvalidOperationException() : asked <= 2),
            Throws.InvalidOperationException);
        Assert.That(Enumerable.Range(0, 20_000).Count(i => table.TryGet(Identifier.ExternalId($"{i}"), out _)), Is.GreaterThanOrEqualTo(19_998));
    }

    // A reader sees places of before and after a growth, and entries that are moving: he gives what was there all the time.
    [Test]
    public void TryGet_WhilePartsGrowAndShrink_FindsWhatIsThere()
    {
        var table = new IdentifierTable(Guid.Empty);
        for (var i = 0; i < 1000; i++)
        {
            table.Set(Identifier.ExternalId($"{i}"), new ProfileKey(1, i));
        }

        var isDone = false;
        var reader = Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; !Volatile.Read(ref isDone); i = (i + 1) % 1000)
                {
                    Assert.That(table.TryGet(Identifier.ExternalId($"{i}"), out var profile) && profile == new ProfileKey(1, i), Is.True);
                    Assert.That(table.TryGet(Identifier.Email($"{i}@b.c"), out _), Is.False);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        for (var i = 1000; i < 200_000; i++)
        {
            table.Set(Identifier.ExternalId($"{i}"), new ProfileKey(1, i));
            if (i % 3 == 0)
            {
                table.Remove(Identifier.ExternalId($"{i - 1}"));
            }
        }

        Volatile.Write(ref isDone, true);
        Assert.That(async () => await reader, Throws.Nothing);
    }

    private static byte[] Saved(IdentifierTable table, int part)
    {
        var saved = new ArrayBufferWriter<byte>();
        table.Save(part, saved);
        return saved.WrittenSpan.ToArray();
    }

    private static void ExpectSame(IdentifierTable table, Dictionary<Identifier, ProfileKey> expected)
    {
        for (var name = 0; name <= 400; name++)
        {
            var identifier = Identifier.ExternalId($"{name}");
            var known = table.TryGet(identifier, out var profile);
            Assert.That(known, Is.EqualTo(expected.TryGetValue(identifier, out var right)));
            Assert.That(profile, Is.EqualTo(known ? right : default));
        }
    }
}
