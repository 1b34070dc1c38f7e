using System.Text;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.House;

namespace Klaviyo.Tests.Storage.Log;

/// <summary>
/// The bytes on disk are those of docs/formats/log.md, to which a store written by any version must agree.
/// </summary>
public sealed class FormatTests
{
    private SimulatedFiles _disk = null!;

    [SetUp]
    public async Task Create()
    {
        _disk = new SimulatedFiles(0);
        using var log = LogFixture.Open(_disk, lanes: 2);
        log.Lanes[1].Append(7, "hello"u8);
        await log.CommitAsync();
    }

    [Test]
    public void Crc32C_OfTheCheckString_IsTheCatalogued() =>
        Assert.That(Crc32C.Of("123456789"u8), Is.EqualTo(0xE3069283));

    [Test]
    public void Crc32C_InPieces_IsThatOfTheWhole([Range(0, 20)] int cut)
    {
        var bytes = LogFixture.Payload(5, 20);
        var state = Crc32C.Add(Crc32C.Add(Crc32C.Start, bytes.AsSpan(0, cut)), bytes.AsSpan(cut));

        Assert.That(Crc32C.Finish(state), Is.EqualTo(Crc32C.Of(bytes)));
    }

    [Test]
    public void Manifest_IsTheOneInTheDocument()
    {
        var text = Encoding.ASCII.GetString(_disk[StoreManifest.FileName]);

        Assert.That(Document(), Does.Contain($"```\n{text}```\n"));
    }

    [Test]
    public void Record_IsTheOneInTheDocument()
    {
        var entry = _disk["lane-1/log.0"].AsSpan((int)LogLayout.FirstAddress, LogLayout.SpaceOf(5));

        Assert.That(Document(), Does.Contain(Hex(entry)));
    }

    [Test]
    public void Superblock_IsTheOneInTheDocument()
    {
        var slot = _disk[Superblock.FileName].AsSpan(0, SuperblockCopy.BytesFor(laneCount: 2));

        Assert.That(Document(), Does.Contain(Hex(slot)));
    }

    [TestCase(RecordHeader.ChecksumOffset, "checksum")]
    [TestCase(RecordHeader.LengthAndKindOffset, "payload length")]
    [TestCase(RecordHeader.LengthAndKindOffset + 3, "kind")]
    [TestCase(RecordHeader.SequenceOffset, "sequence")]
    [TestCase(RecordHeader.EntryBytes, "payload")]
    [TestCase(SuperblockCopy.VersionOffset, "version")]
    [TestCase(SuperblockCopy.LaneCountOffset, "lane count")]
    [TestCase(SuperblockCopy.StoreIdOffset, "store id")]
    [TestCase(SuperblockCopy.GenerationOffset, "generation")]
    [TestCase(SuperblockCopy.LanesOffset, "lanes")]
    public void Offset_IsTheOneInTheDocument(int offset, string field) =>
        Assert.That(Document(), Does.Match($@"(?m)^\| {offset} \| [^|]+ \| {field}\b"));

    private static string Document() => File.ReadAllText(Path.Combine(Repository.Root, "docs", "formats", "log.md"));

    // Sixteen bytes a line, as in the document.
    private static string Hex(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        for (var i = 0; i < bytes.Length; i++)
        {
            text.Append(bytes[i].ToString("x2", null)).Append(i % 16 == 15 || i == bytes.Length - 1 ? '\n' : ' ');
        }

        return text.ToString();
    }
}
