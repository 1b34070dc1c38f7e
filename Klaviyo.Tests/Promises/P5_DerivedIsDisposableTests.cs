using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Promises;

// P5: checkpoints are disposable. Deleting or damaging one changes nothing but the time that opening takes.
// Method: a store with two checkpoints; each byte of the newer one is flipped in turn, and it is cut at each length; the
// answers must stay the same. That the flip was noticed is seen from what had to be replayed.
public sealed class P5_DerivedIsDisposableTests
{
    private static readonly FakeTimeProvider Clock = new(DatabaseFixture.Start.ToDateTimeOffset());

    [Test]
    public async Task Checkpoint_AnyByteFlipped_IsPassedOver()
    {
        var files = await StoreAsync();
        var name = Newest(files);
        var length = files[name].Length;
        for (var offset = 0; offset < length; offset++)
        {
            var damaged = files.Clone();
            Flip(damaged, name, offset, bit: offset % 8);
            await ExpectSameAsync(damaged, $"byte {offset}");
        }
    }

    [Test]
    public async Task Checkpoint_CutAtAnyLength_IsPassedOver()
    {
        var files = await StoreAsync();
        var name = Newest(files);
        var length = files[name].Length;
        for (var kept = 0; kept < length; kept += 3)
        {
            var damaged = files.Clone();
            damaged[name] = damaged[name][..kept];
            await ExpectSameAsync(damaged, $"cut at {kept}");
        }
    }

    [Test]
    public async Task Checkpoint_AllGone_IsMadeAgain()
    {
        var files = await StoreAsync();
        foreach (var name in files.List().Where(n => n.StartsWith("checkpoint", StringComparison.Ordinal)))
        {
            files.Delete(name);
        }

        await ExpectSameAsync(files, "no checkpoint");
        Assert.That(files.List(), Has.Some.StartsWith("checkpoint"), "closing writes one");
    }

    // Cold files: what lives in them is damaged, cut, or gone. A flip in the padding of a record is harmless and not seen.
    [Test]
    public async Task ColdFile_AnyByteFlippedOrGone_ChangesNothing()
    {
        var files = await StoreAsync(LittleMemory);
        var names = files.List().Where(n => n.Contains("cold", StringComparison.Ordinal)).ToList();
        var noticed = 0;
        foreach (var name in names)
        {
            for (var offset = 0; offset < files[name].Length; offset++)
            {
                var damaged = files.Clone();
                Flip(damaged, name, offset, bit: offset % 8);
                await ExpectSameAsync(damaged, $"{name} byte {offset}", seen: false);
            }

            var cut = files.Clone();
            cut[name] = cut[name][..(cut[name].Length / 2)];
            var isCutSeen = await ExpectSameAsync(cut, $"{name} cut", seen: false);
            var gone = files.Clone();
            gone.Delete(name);
            var isGoneSeen = await ExpectSameAsync(gone, $"{name} gone", seen: false);
            Assert.That(isGoneSeen || !isCutSeen, name);
            noticed += isCutSeen ? 1 : 0;
        }

        // Slots that left after the checkpoint no checkpoint names.
        Assert.That(noticed, Is.Positive, "nothing is cold, so nothing is tested");
    }

    private const int LittleMemory = 500;

    private static async Task<SimulatedFiles> StoreAsync(int? indexBytes = null)
    {
        var files = new SimulatedFiles(seed: 5);
        for (var life = 0; life < 2; life++)
        {
            await using var database = await DatabaseFixture.OpenAsync(files, Clock, 1, indexBytes);
            await database.TrackAsync("external_id:1", "Placed Order", 10 + life, new() { ["city"] = "Paris" });
            await database.IdentifyAsync(["email:a@b.c", "anonymous_id:d"], new() { ["plan"] = "gold" });
            await database.WriteAsync(new ListWrite { Profile = ["email:a@b.c"], List = "vip" });
        }

        return files;
    }

    private static async Task<bool> ExpectSameAsync(SimulatedFiles files, string what, bool seen = true)
    {
        await using var database = await DatabaseFixture.OpenAsync(files, Clock);
        if (seen)
        {
            Assert.That(database.RecordsReplayed, Is.GreaterThan(0), $"{what}: the damage was not noticed");
        }

        var orders = database.Aggregate("external_id:1", new AggregateQuery { Metric = "Placed Order", Measures = ["sum"] });
        Assert.That(orders.Number, Is.EqualTo(21), what);
        var profile = database.Profile("anonymous_id:d")!;
        Assert.That(profile.Properties["plan"], Is.EqualTo((PropertyValue)"gold"), what);
        Assert.That(profile.Lists.Keys, Is.EqualTo(new[] { "vip" }), what);
        return database.RecordsReplayed > 0;
    }

    private static string Newest(SimulatedFiles files) =>
        files.List().Where(n => n.StartsWith("checkpoint", StringComparison.Ordinal)).Max(StringComparer.Ordinal)!;

    private static void Flip(SimulatedFiles files, string name, int offset, int bit) => files[name] = Flipped(files[name], offset, bit);

    private static byte[] Flipped(byte[] bytes, int offset, int bit)
    {
        bytes[offset] ^= (byte)(1 << bit);
        return bytes;
    }
}
