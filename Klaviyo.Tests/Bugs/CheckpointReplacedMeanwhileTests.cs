using Klaviyo.Storage.Files;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Bugs;

/// <summary>
/// Statistics and verification list the checkpoints and then open them. A checkpoint that finishes in between deletes the
/// oldest, and both threw FileNotFoundException. Found by readers beside writers.
/// </summary>
public sealed class CheckpointReplacedMeanwhileTests
{
    [Test]
    public async Task Stats_WhileTheOldestCheckpointGoes_Answers()
    {
        var files = new ForgettingFiles(new SimulatedFiles(0));
        await using var database = await WithTwoCheckpointsAsync(files);
        files.ForgetsWhatItLists = true;

        Assert.That(() => database.Stats().Events, Is.EqualTo(2));
    }

    [Test]
    public async Task Verify_WhileTheOldestCheckpointGoes_IsWell()
    {
        var files = new ForgettingFiles(new SimulatedFiles(0));
        await using var database = await WithTwoCheckpointsAsync(files);
        files.ForgetsWhatItLists = true;

        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
    }

    private static async Task<CustomerDatabase> WithTwoCheckpointsAsync(IStorageFiles files)
    {
        var database = await DatabaseFixture.OpenAsync(files, new JumpingClock(DatabaseFixture.Start));
        for (var i = 0; i < 2; i++)
        {
            await database.TrackAsync("external_id:1", "M");
            await database.CheckpointAsync();
        }

        return database;
    }

    private sealed class ForgettingFiles(SimulatedFiles files) : IStorageFiles
    {
        internal bool ForgetsWhatItLists { get; set; }

        public string Path => files.Path;

        public IStorageFile Open(string name, bool create = false) => files.Open(name, create);

        public bool Exists(string name) => files.Exists(name);

        public IReadOnlyList<string> List()
        {
            var names = files.List();
            if (ForgetsWhatItLists && names.FirstOrDefault(n => n.StartsWith("checkpoint-", StringComparison.Ordinal)) is { } oldest)
            {
                ForgetsWhatItLists = false;
                files.Delete(oldest);
            }

            return names;
        }

        public void Delete(string name) => files.Delete(name);

        public void Rename(string from, string to) => files.Rename(from, to);

        public void SyncDirectory(string folder) => files.SyncDirectory(folder);

        public IDisposable? TryLock(string name) => files.TryLock(name);
    }
}
