using CsCheck;
using Klaviyo.Storage.Index;

namespace Klaviyo.Tests.Storage.Index;

public sealed class IdentifierTableTests
{
    // Few names, so that each is set, replaced and removed often, and the places of a part fill up around one another.
    private static readonly Gen<(int Name, int Profile)[]> Deeds =
        Gen.Select(Gen.Int[0, 400], Gen.Int[-1, 1_000_000]).Array[0, 3000];

    [Test]
    public void RandomDeeds_AreThoseOfADictionary()
    {
        Deeds.Sample(deeds =>
        {
            var table = new IdentifierTable(Guid.Empty);
            var expected = new Dictionary<Identifier, ProfileKey>();
            foreach (var (name, profile) in deeds)
            {
                var identifier = Identifier.ExternalId($"{name}");
                if (profile < 0)
                {
                    table.Remove(identifier);
                    expected.Remove(identifier);
                }
                else
                {
                    table.Set(identifier, new ProfileKey(profile % 64, profile));
                    expected[identifier] = new ProfileKey(profile % 64, profile);
                }
            }

            ExpectSame(table, expected);
            var restored = new IdentifierTable(Guid.Empty);
            for (var part = 0; part < IdentifierTable.PartCount; part++)
            {
                restored.Load(table.Save(part));
            }

            ExpectSame(restored, expected);
        }, iter: 60);
    }

    [Test]
    public void TryGet_OfAnotherKindWithTheSameText_IsAnother()
    {
        var table = new IdentifierTable(Guid.Empty);
        table.Set(Identifier.ExternalId("a@b.c"), new ProfileKey(0, 1));
        Assert.That(table.TryGet(Identifier.Email("a@b.c"), out _), Is.False);
    }

    private static void ExpectSame(IdentifierTable table, Dictionary<Identifier, ProfileKey> expected)
    {
        for (var name = 0; name <= 400; name++)
        {
            var identifier = Identifier.ExternalId($"{name}");
            var known = table.TryGet(identifier, out var profile);
            Assert.That(known, Is.EqualTo(expected.TryGetValue(identifier, out var right)));
            Assert.That(profile, Is.EqualTo(known ? right : default));
        }
    }
}
