using Klaviyo.Channels;
using Klaviyo.Flows.Outbox;

namespace Klaviyo.Tests.Flows.Outbox;

// Which channels get threads of their own: those that keep the thread that calls them, not those whose thread had to wait.
public sealed class ChannelQueueTests
{
    [TestCase("", true, TestName = "KeepsThread_BeforeAnybodyKnows")]
    [TestCase("16x0", false, TestName = "KeepsThread_NotWhereCallsAreShort")]
    [TestCase("16x0 3x20", false, TestName = "KeepsThread_NotWhereAFewWereLong")]
    [TestCase("16x0 3x20 1x0 3x20", false, TestName = "KeepsThread_NotWhereAFewWereLongAgain")]
    [TestCase("16x0 4x1", true, TestName = "KeepsThread_WhereSeveralWereLong")]
    [TestCase("16x0 1x50", true, TestName = "KeepsThread_WhereOneWasVeryLong")]
    [TestCase("16x0 1x50 15x0", true, TestName = "KeepsThread_UntilItIsForgotten")]
    [TestCase("16x0 1x50 16x0", false, TestName = "KeepsThread_NoLongerThanThat")]
    public void KeepsThread(string calls, bool expected)
    {
        var queue = new ChannelQueue(new ConsoleChannel());
        foreach (var part in calls.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var (count, ms) = (int.Parse(part.Split('x')[0], null), int.Parse(part.Split('x')[1], null));
            for (var i = 0; i < count; i++)
            {
                var message = new FlowMessage
                {
                    Key = "k",
                    Channel = "console",
                    Flow = "f",
                    Step = "s",
                    Run = default,
                    Profile = default,
                    At = default,
                    Attempt = 1,
                    To = "",
                };
                queue.Add(new Offer(0, 0, 0, 0, message));
                Assert.That(queue.TryTake(out var taken), Is.True);
                queue.Done(taken, TimeSpan.FromMilliseconds(ms));
            }
        }

        Assert.That(queue.KeepsThread, Is.EqualTo(expected));
    }
}
