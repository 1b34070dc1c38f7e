namespace Klaviyo.Tests.Core.Profiles;

public sealed class IdentifierTextTests
{
    // In UTF-8 they would be the same.
    [Test]
    public void Identifier_WithHalfACharacter_IsRefused([Values(0, 1, 2)] int which)
    {
        var value = new[] { "q\ud83d", "\ude00", "\ude00\ud83d" }[which];
        Assert.That(Identifier.TryCreate(IdentifierKind.ExternalId, value, out _, out var reason), Is.False);
        Assert.That(reason, Does.StartWith("external_id"));
    }

    [Test]
    public void Identifier_OfNoKind_IsRefused() => Assert.That(Identifier.TryCreate(default, "x", out _, out _), Is.False);

    [Test]
    public void Identifier_WithAWholeCharacterOfTwoUnits_IsOne() =>
        Assert.That(Identifier.ExternalId("\ud83d\ude00").Value, Is.EqualTo("\ud83d\ude00"));
}
