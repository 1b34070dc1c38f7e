using Klaviyo.Storage.Files;

namespace Klaviyo.Tests.Storage.Log;

public sealed class PhysicalFilesTests
{
    private StoreFolder _folder = null!;
    private PhysicalFiles _files = null!;

    [SetUp]
    public void Create()
    {
        _folder = new StoreFolder();
        _files = _folder.Files;
    }

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void Open_Missing_IsNotCreatedByItself() =>
        Assert.That(() => _files.Open("a"), Throws.InstanceOf<IOException>());

    // A folder where a file should be is refused as for want of rights, also to an administrator.
    [Test]
    public void Open_Refused_IsAnIOException()
    {
        Directory.CreateDirectory(_folder.Name("a"));

        Assert.That(() => _files.Open("a"), Throws.InstanceOf<IOException>());
        Assert.That(() => _files.TryLock("a"), Throws.InstanceOf<IOException>());
        Assert.That(() => _files.Delete("a"), Throws.InstanceOf<IOException>());
    }

    [Test]
    public void Write_ThenRead_GivesTheBytes()
    {
        using var file = _files.Open("folder/a", create: true);
        file.Write(5, "hello"u8);
        file.Sync();
        var back = new byte[6];
        file.Read(4, back);

        Assert.That(back, Is.EqualTo("\0hello"u8.ToArray()));
        Assert.That(file.Length, Is.EqualTo(10));
        Assert.That(() => file.Read(5, new byte[6]), Throws.TypeOf<EndOfStreamException>());
    }

    [Test]
    public void List_NamesFilesOfFoldersInOrder()
    {
        Assert.That(_files.List(), Is.Empty);
        foreach (var name in new[] { "b", "lane-0/log.1", "lane-0/log.0", "A" })
        {
            _files.Open(name, create: true).Dispose();
        }

        Assert.That(_files.List(), Is.EqualTo(["A", "b", "lane-0/log.0", "lane-0/log.1"]));
    }

    [Test]
    public void Rename_OverAnotherFile_ReplacesIt()
    {
        using (var file = _files.Open("new", create: true))
        {
            file.SetLength(3);
        }

        _files.Open("old", create: true).Dispose();
        _files.Rename("new", "old");
        _files.SyncDirectory("");

        Assert.That(_files.List(), Is.EqualTo(["old"]));
        using var renamed = _files.Open("old");
        Assert.That(renamed.Length, Is.EqualTo(3));
    }

    [Test]
    public void TryLock_Held_GivesNullUntilReleased()
    {
        using (_files.TryLock("LOCK"))
        {
            Assert.That(_files.TryLock("LOCK"), Is.Null);
        }

        using var again = _files.TryLock("LOCK");
        Assert.That(again, Is.Not.Null);
    }

    [Test]
    public void SyncDirectory_Missing_Fails()
    {
        Assume.That(OperatingSystem.IsWindows(), Is.False, "Windows has no directory sync.");

        Assert.That(() => _files.SyncDirectory("nowhere"), Throws.InstanceOf<IOException>());
    }

    // What the simulated disk lets pass is found by nobody before there is a real one.
    [Test]
    public void SyncDirectory_Missing_FailsOnTheSimulatedDiskToo()
    {
        var disk = new Faults.SimulatedFiles(0);
        disk.Open("lane-0/log.0", create: true).Dispose();
        disk.SyncDirectory("lane-0");
        disk.SyncDirectory("");

        Assert.That(() => disk.SyncDirectory("lane-1"), Throws.TypeOf<DirectoryNotFoundException>());
    }
}
