using Klaviyo.Storage.Log;

namespace Klaviyo.Tests.Storage.Log;

public sealed class RecentPagesTests
{
    private const int PageBytes = LogLayout.PageBytesMin;
    private const int Pages = 2;

    [Test]
    public void TryCopy_PageThatWasTakenOver_GivesFalse()
    {
        var pages = new RecentPages(new LogLayout(PageBytes, PageBytes), Pages);
        pages.TakeOver(0);
        Assert.That(pages.TryCopy(0, new byte[8]), Is.True);

        pages.TakeOver(Pages * PageBytes);

        Assert.That(pages.TryCopy(0, new byte[8]), Is.False);
        Assert.That(pages.Holds(0), Is.False);
        Assert.That(pages.Holds(Pages * PageBytes), Is.True);
    }

    [Test]
    public async Task TryCopy_WhileThePageIsTakenOver_NeverGivesTheNextPagesBytes()
    {
        const long Last = 100_000;
        var pages = new RecentPages(new LogLayout(PageBytes, PageBytes), Pages);
        long written = -1;
        var reading = Task.Run(() =>
        {
            var copy = new byte[PageBytes];
            long wrong = 0;
            while (Volatile.Read(ref written) < Last)
            {
                var page = Math.Max(0, Volatile.Read(ref written));
                if (pages.TryCopy(page * PageBytes, copy) && copy.AsSpan().ContainsAnyExcept((byte)page))
                {
                    wrong++;
                }
            }

            return wrong;
        });

        for (var page = 0L; page <= Last; page++)
        {
            pages.TakeOver(page * PageBytes);
            pages.Writable(page * PageBytes, PageBytes).Fill((byte)page);
            Volatile.Write(ref written, page);
        }

        Assert.That(await reading, Is.Zero);
    }
}
