using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;
using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Storage.Log;

/// <summary>Who may only read a store is told how; whatever else fails is told as it is.</summary>
public sealed class UnwritableStoreTests
{
    [Test]
    public void Store_ThatMayNotBeWritten_SaysHowToReadIt()
    {
        var disk = new SimulatedFiles(0);
        LogFixture.Open(disk).Dispose();

        Assert.That(
            () => LogFixture.Open(new ForbiddenFiles(disk, new IOException("Denied.", new UnauthorizedAccessException()))),
            Throws.TypeOf<IOException>().With.Message.EqualTo(
                "The store in 'simulated' cannot be written: Denied. SalvageAsync (--salvage in the shell) reads it as it is."));
        Assert.That(() => LogFixture.Open(new ForbiddenFiles(disk, new IOException("Broken."))), Throws.TypeOf<IOException>().With.Message.EqualTo("Broken."));
        LogFixture.Open(disk).Dispose();
    }

    [Test]
    public void Directory_WithoutAStore_ThatMayNotBeWritten_SaysOnlyThat() =>
        Assert.That(
            () => LogFixture.Open(new ForbiddenFiles(new SimulatedFiles(0), new IOException("Denied.", new UnauthorizedAccessException()))),
            Throws.TypeOf<IOException>().With.Message.EqualTo("Denied."));

    private sealed class ForbiddenFiles(IStorageFiles files, IOException refused) : IStorageFiles
    {
        public string Path => files.Path;

        public IStorageFile Open(string name, bool create = false) => name == Superblock.FileName ? throw refused : files.Open(name, create);

        public bool Exists(string name) => files.Exists(name);

        public IReadOnlyList<string> List() => files.List();

        public void Delete(string name) => throw refused;

        public void Rename(string from, string to) => throw refused;

        public void SyncDirectory(string folder) => throw refused;

        public IDisposable? TryLock(string name) => files.TryLock(name);
    }
}
