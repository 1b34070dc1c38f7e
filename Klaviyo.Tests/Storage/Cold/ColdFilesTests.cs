using System.Buffers.Binary;
using Klaviyo.Storage.Cold;
using Klaviyo.Storage.Index;
using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Storage.Cold;

// Files that change under an open store, and records that are longer than a place can say.
public sealed class ColdFilesTests
{
    private const int LongerThanAPlaceSays = 3 << 20;
    private const string First = "lane-0/cold.1";

    [Test]
    public void Read_HeaderWithAnotherLength_IsATypedFault([Values(-1, int.MinValue, int.MaxValue, -32, 0, 64 << 20)] int length)
    {
        var files = new SimulatedFiles(1);
        using var cold = Open(files);
        var place = Append(cold, 0, LongerThanAPlaceSays);
        cold.BeginAnew();
        SetLength(files, length);
        Assert.That(() => cold.Read(place).Length, Throws.TypeOf<StoreCorruptedException>());
    }

    [Test]
    public void ReadNext_HeaderWithAnotherLength_IsATypedFault([Values(-1, int.MinValue, int.MaxValue, -32, -33, 64 << 20)] int length)
    {
        var files = new SimulatedFiles(1);
        using var cold = Open(files);
        Append(cold, 0, 100);
        Append(cold, 1, 100);
        cold.BeginAnew();
        SetLength(files, length);
        long offset = 0;
        Assert.That(() => cold.TryReadNext(cold.All.First(), ref offset, out _, out _), Throws.TypeOf<StoreCorruptedException>());
    }

    // What is tidied for nobody's sake must not be what questions about others fail of.
    [Test]
    public void Settle_BesideAFileThatIsDamagedAndMostlyWaste_LeavesItAlone()
    {
        var files = new SimulatedFiles(1);
        using var index = new ProfileIndex(new ColdFiles(files, "lane-0/cold.", 7, fileBytesMax: 4096)) { BytesMax = 1 };
        for (var ordinal = 0; ordinal < 20; ordinal++)
        {
            index.Add();
            index.AddFact(ordinal, new Fact(FactKind.Property, 1, 0, 4, new byte[300]));
            index.Evict(ordinal);
        }

        index.Cold.BeginAnew();
        SetLength(files, int.MinValue);
        for (var ordinal = 1; ordinal < 20; ordinal++)
        {
            index.Erase(ordinal);
        }

        index.Add();
        for (var turn = 0; turn < 3; turn++)
        {
            index.AddFact(20, new Fact(FactKind.Property, 1, turn, 4, new byte[300]));
            Assert.That(index.Settle, Throws.Nothing);
        }
    }

    [Test]
    public void FileOfALongRecord_ThatLives_IsNoWaste()
    {
        var files = new SimulatedFiles(1);
        using var cold = Open(files);
        var place = Append(cold, 0, 3 * LongerThanAPlaceSays);
        cold.BeginAnew();
        Assert.That(cold.NextWasted(), Is.Null);

        cold.FlushForSync();
        using var adopted = Open(files);
        Assert.That(adopted.TryAdopt(cold.All.Single().Mark), Is.True);
        adopted.Retain(place, chained: false);
        Assert.That(adopted.NextWasted(), Is.Null);
    }

    [Test]
    public void Room_IsTwiceWhatIsNeeded_AsFarAsAnArrayGoes()
    {
        Assert.That(ColdFiles.RoomFor(5000), Is.EqualTo(10_000));
        Assert.That(ColdFiles.RoomFor(1 << 30), Is.EqualTo(Array.MaxLength));
        Assert.That(ColdFiles.RoomFor(Array.MaxLength), Is.EqualTo(Array.MaxLength));
    }

    private static ColdFiles Open(SimulatedFiles files) => new(files, "lane-0/cold.", 7, fileBytesMax: 64 << 20);

    private static ColdPlace Append(ColdFiles cold, int ordinal, int bytes) =>
        cold.Append(new ColdRecord(bytes, ordinal, SlabPart.Facts, default, 0, default), new byte[bytes]);

    private static void SetLength(SimulatedFiles files, int length)
    {
        var bytes = files[First];
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), length);
        files[First] = bytes;
    }
}
