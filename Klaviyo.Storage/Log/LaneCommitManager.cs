using FASTER.core;

namespace Klaviyo.Storage.Log;

/// <summary>
/// Stands between FASTER and the superblock: gives it the commit to recover, keeps none that it makes.
/// </summary>
/// <remarks>
/// FASTER's commits serve to have pages flushed. What exists after a reopen is decided by the superblock of the whole
/// store alone, so there is nothing here that could fail: a commit manager that throws hangs FASTER's waiters for ever.
/// </remarks>
internal sealed class LaneCommitManager(long begin, long until) : ILogCommitManager
{
    private const long RecoveredCommit = 1;

    public IEnumerable<long> ListCommits() => [RecoveredCommit];

    public byte[] GetCommitMetadata(long commitNum) => new FasterLogRecoveryInfo
    {
        BeginAddress = begin,
        UntilAddress = until,
        CommitNum = RecoveredCommit,
    }.ToByteArray();

    public void Commit(
        long beginAddress, long untilAddress, byte[] commitMetadata, long commitNum, bool forceWriteMetadata)
    {
    }

    public void RemoveCommit(long commitNum)
    {
    }

    public void RemoveAllCommits()
    {
    }

    public void OnRecovery(long commitNum)
    {
    }

    public void Dispose()
    {
    }
}
