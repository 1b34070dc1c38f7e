using System.Text;
using CsCheck;
using Klaviyo.Storage.Import;

namespace Klaviyo.Tests.Storage.Import;

public sealed class IsoTimeTests
{
    private static readonly Gen<string> Texts = Gen.Select(
        AnyOf("2026-11-23", "1969-12-31", "0001-01-01", "9999-12-31", "2024-02-29", "2023-02-29", "2026-13-01", "2026-1-01", "0000-01-01"),
        AnyOf("T", " ", "t", "", "x"),
        AnyOf("08:30:00", "23:59:59", "24:00:00", "08:60:00", "08:30:60", "08:30", "8:30:00", "00:00:00", ""),
        AnyOf("", ".", ".1", ".12", ".123", ".1239", ".9999999", ".99999999", ".12x", ",5"),
        AnyOf("", "Z", "z", "+00:00", "-00:00", "+02:00", "-13:59", "+14:00", "+15:00", "+0200", "+02", "-2:00", "Z ", "+02:60"),
        (date, t, time, fraction, offset) => date + t + time + fraction + offset);

    private static Gen<string> AnyOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    // Reading by hand is only faster: what an instant is, Instant says.
    [Test]
    public void Reading_AgreesWithInstant()
    {
        Texts.Sample(
            text =>
            {
                var isInstant = Instant.TryParse(text, out var expected);
                var isTime = IsoTime.TryParse(Encoding.UTF8.GetBytes(text), out var actual);
                return isTime == isInstant && actual == expected;
            },
            iter: 20_000);
    }

    [TestCase("2026-11-23T08:30:00.1239Z", "2026-11-23T08:30:00.123Z")]
    [TestCase("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999Z")]
    [TestCase("2026-11-23T08:30:00+02:00", "2026-11-23T06:30:00.000Z")]
    [TestCase("2026-11-23T08:30:00", "2026-11-23T08:30:00.000Z")]
    public void Time_IsTruncatedToMilliseconds(string text, string instant)
    {
        Assert.That(IsoTime.TryParse(Encoding.UTF8.GetBytes(text), out var time), Is.True);
        Assert.That(time.ToString(), Is.EqualTo(instant));
    }
}
