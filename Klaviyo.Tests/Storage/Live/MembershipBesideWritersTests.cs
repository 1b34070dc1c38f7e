using Klaviyo.Tests.Storage.Database;

namespace Klaviyo.Tests.Storage.Live;

// Who asks for a member enters no gate while nobody writes, and must not see half of a write, nor what time has changed already.
public sealed class MembershipBesideWritersTests
{
    private const int People = 3000;

    private static Identifier Device(int number) => Identifier.AnonymousId($"d{number}");

    private static Identifier Person(int number) => Identifier.ExternalId($"p{number}");

    [Test]
    public async Task IsMember_WhileOthersWriteMergeAndTimePasses_IsNeverBehindWhatHasReturned([Values(1, 3)] int lanes)
    {
        await using var fixture = await DatabaseFixture.OpenAsync(lanes);
        var database = fixture.Database;
        await database.DefineSegmentAsync("ever", new SegmentDefinition(When.Did("Seen")));
        await database.DefineSegmentAsync("lately", new SegmentDefinition(When.Did("Seen").InTheLast(1, TimeUnit.Hour)));
        await database.SegmentReadyAsync("ever");
        await database.SegmentReadyAsync("lately");

        // Up to whom it is done: seen at all, one with his device, seen more than an hour ago.
        var (seen, merged, over) = (0, 0, 0);
        using var isDone = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(number => Task.Factory.StartNew(() =>
        {
            var (dice, asked) = (new Random(number), 0);
            for (; !isDone.IsCancellationRequested; asked++)
            {
                var (expired, one) = (Volatile.Read(ref over), Volatile.Read(ref merged));
                var known = Volatile.Read(ref seen);
                var someone = dice.Next(known + 10);
                var (ever, lately) = (database.IsMember(Device(someone), "ever"), database.IsMember(Device(someone), "lately"));
                Assert.That(ever || someone >= known, $"{someone} of {known} was seen");
                Assert.That(!lately || someone >= expired, $"{someone} of {expired} was seen more than an hour ago");
                Assert.That(someone >= one || database.IsMember(Person(someone), "ever"), $"{someone} of {one} is one with his device");
            }

            return asked;
        }, TaskCreationOptions.LongRunning)).ToArray();

        for (var person = 0; person < People; person++)
        {
            database.Apply(new CustomerEvent { Profile = [Device(person)], Metric = "Seen" });
            Volatile.Write(ref seen, person + 1);
            if (person % 3 == 0)
            {
                database.Apply(new ProfileWrite { Profile = [Person(person)] });
            }

            database.Apply(new ProfileWrite { Profile = [Person(person), Device(person)] });
            Volatile.Write(ref merged, person + 1);
            if (person % 50 == 49)
            {
                fixture.Clock.Advance(TimeSpan.FromMinutes(61));
                Volatile.Write(ref over, person + 1);
            }
        }

        await isDone.CancelAsync();
        Assert.That(await Task.WhenAll(readers), Has.Some.GreaterThan(100));
        Assert.That(database.CountSegment("ever"), Is.EqualTo(People));
        Assert.That(database.CountSegment("lately"), Is.EqualTo(People % 50));
        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
    }
}
