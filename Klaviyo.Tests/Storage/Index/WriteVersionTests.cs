using Klaviyo.Storage.Index;

namespace Klaviyo.Tests.Storage.Index;

public sealed class WriteVersionTests
{
    [Test]
    public void Read_WithNoChangeMeanwhile_Counts()
    {
        var changes = default(WriteVersion);
        changes.Begin();
        changes.End();

        Assert.That(changes.TryRead(out var version));
        Assert.That(changes.IsStill(version));
    }

    [Test]
    public void Read_ThatBeginsInAChange_IsRefused()
    {
        var changes = default(WriteVersion);
        changes.Begin();

        Assert.That(changes.TryRead(out _), Is.False);
    }

    [Test]
    public void Read_IntoWhichAChangeFalls_DoesNotCount([Values] bool isDone)
    {
        var changes = default(WriteVersion);
        Assert.That(changes.TryRead(out var version));
        changes.Begin();
        if (isDone)
        {
            changes.End();
        }

        Assert.That(changes.IsStill(version), Is.False);
    }
}
