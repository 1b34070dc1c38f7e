using System.Globalization;
using System.Text;
using CsCheck;

namespace Klaviyo.Tests.Core.Time;

// "Text forms are ISO 8601 with an offset; a time without an offset is UTC", "finer input is truncated toward the past".
public sealed class InstantTests
{
    [TestCase("2026-11-23", "2026-11-23T00:00:00.000Z")]
    [TestCase("2026-11-23T08:30", "2026-11-23T08:30:00.000Z")]
    [TestCase("2026-11-23T08:30Z", "2026-11-23T08:30:00.000Z")]
    [TestCase("2026-11-23t08:30:15z", "2026-11-23T08:30:15.000Z")]
    [TestCase("2026-11-23 08:30:15", "2026-11-23T08:30:15.000Z")]
    [TestCase("2026-11-23 08:30:15+02", "2026-11-23T06:30:15.000Z")]
    [TestCase("2026-11-23T08:30:15+0530", "2026-11-23T03:00:15.000Z")]
    [TestCase("2026-11-23T08:30:15-05:30", "2026-11-23T14:00:15.000Z")]
    [TestCase("2026-11-23T08:30:15-00:00", "2026-11-23T08:30:15.000Z")]
    [TestCase("2026-11-23T08:30+14:00", "2026-11-22T18:30:00.000Z")]
    [TestCase("2026-11-23T08:30:15.1Z", "2026-11-23T08:30:15.100Z")]
    [TestCase("2026-11-23T08:30:15,12Z", "2026-11-23T08:30:15.120Z")]
    [TestCase("2026-11-23T08:30:15.1239999999999999999999Z", "2026-11-23T08:30:15.123Z")]
    [TestCase("2026-11-23T23:59:59.999999999", "2026-11-23T23:59:59.999Z")]
    [TestCase("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z")]
    [TestCase("2026-12-31T24:00", "2027-01-01T00:00:00.000Z")]
    [TestCase("2026-12-31T24:00:00.000+01:00", "2026-12-31T23:00:00.000Z")]
    [TestCase("2024-02-29", "2024-02-29T00:00:00.000Z")]
    [TestCase("0001-01-01", "0001-01-01T00:00:00.000Z")]
    [TestCase("9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59.999Z")]
    public void Parse_Iso8601_IsTheInstant(string text, string instant)
    {
        Assert.That(Instant.Parse(text).ToString(), Is.EqualTo(instant));
        Assert.That(Instant.TryParse(Encoding.UTF8.GetBytes(text), out var ofBytes), Is.True);
        Assert.That(ofBytes, Is.EqualTo(Instant.Parse(text)));
    }

    [TestCase("")]
    [TestCase("Monday")]
    [TestCase("Jan 5 2024")]
    [TestCase("5/6/2024")]
    [TestCase("12/31/2026")]
    [TestCase("2026/11/23")]
    [TestCase("2026-11-23 10:00 PM")]
    [TestCase("2026-11-23T10:00:00 AM")]
    [TestCase("2026-11-23 Monday")]
    [TestCase("2026-11-23T10:00:00 GMT")]
    [TestCase("2026-11-23T10:00:00 +01:00")]
    [TestCase("2026-11-23 ")]
    [TestCase(" 2026-11-23")]
    [TestCase("2026-11-23T10:00:00 ")]
    [TestCase("2026-11-23T10:00:00\0")]
    [TestCase("2026-11-23  10:00")]
    [TestCase("2026-11-23T")]
    [TestCase("2026-11-23T10")]
    [TestCase("2026-11-23T1:00")]
    [TestCase("2026-11-23T10:0")]
    [TestCase("2026-11-23T10:00:")]
    [TestCase("2026-11-23T10:00:00.")]
    [TestCase("2026-11-23T10:00.5")]
    [TestCase("2026-11-23Z")]
    [TestCase("2026-11-23T10:00ZZ")]
    [TestCase("2026-11-23T10:00+1")]
    [TestCase("2026-11-23T10:00+01:")]
    [TestCase("2026-11-23T10:00+01:60")]
    [TestCase("2026-11-23T10:00+14:01")]
    [TestCase("2026-11-23T10:00+010000")]
    [TestCase("2026-11-23T24:00:01")]
    [TestCase("2026-11-23T24:00:00.001")]
    [TestCase("2026-11-23T24:01")]
    [TestCase("2026-11-23T25:00")]
    [TestCase("2026-11-23T10:60")]
    [TestCase("2026-12-31T23:59:60Z")]
    [TestCase("2026-02-29")]
    [TestCase("2026-00-01")]
    [TestCase("2026-13-01")]
    [TestCase("2026-01-00")]
    [TestCase("0000-01-01")]
    [TestCase("-2026-01-01")]
    [TestCase("20261123")]
    [TestCase("20261123T100000Z")]
    [TestCase("2026-327")]
    [TestCase("2026-W48-1")]
    [TestCase("٢٠٢٦-11-23")]
    [TestCase("2026-11-23T10:00−01:00")]
    [TestCase("0001-01-01T00:00+00:01")]
    [TestCase("9999-12-31T23:59:59-00:01")]
    [TestCase("9999-12-31T24:00")]
    public void TryParse_AnythingElse_IsNone(string text)
    {
        Assert.That(Instant.TryParse(text, out var instant), Is.False);
        Assert.That(instant, Is.Default);
        Assert.That(Instant.TryParse(Encoding.UTF8.GetBytes(text), out instant), Is.False);
        Assert.That(instant, Is.Default);
        Assert.That(() => Instant.Parse(text), Throws.TypeOf<FormatException>());
    }

    [Test]
    public void TryParse_OfNull_IsNone() => Assert.That(Instant.TryParse((string?)null, out _), Is.False);

    // The base library is the oracle for what is well formed, but that it rounds what is finer than 100 ns and knows no 24:00.
    [Test]
    public void TryParse_AgreesWithTheBaseLibrary()
    {
        var texts = Gen.Select(
            Gen.Long[Instant.MinValue.UnixMs + 86_400_000, Instant.MaxValue.UnixMs - 86_400_000],
            Gen.Int[0, 9999],
            Gen.Int[-840, 840],
            Gen.Int[0, 63],
            TextOf);
        texts.Sample(
            text => Instant.TryParse(text, out var instant)
                && instant == DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
            iter: 100_000);
    }

    private static string TextOf(long ms, int fine, int offset, int form)
    {
        var (separator, seconds, zone) = (form & 3, (form >> 2) & 3, form >> 4);
        var time = DateTimeOffset.FromUnixTimeMilliseconds(ms).AddTicks(fine).ToOffset(TimeSpan.FromMinutes(offset));
        var format = (separator == 3 ? "yyyy-MM-dd" : $"yyyy-MM-dd'{"T t"[separator]}'HH:mm")
            + (separator == 3 ? "" : seconds switch { 0 => "", 1 => ":ss", 2 => ":ss.fff", _ => ":ss.fffffff" });
        var sign = offset < 0 ? '-' : '+';
        var (hours, minutes) = (Math.Abs(offset) / 60, Math.Abs(offset) % 60);
        return time.ToString(format, CultureInfo.InvariantCulture) + (separator == 3 ? "" : zone switch
        {
            0 => "",
            1 => "Z",
            2 => string.Create(CultureInfo.InvariantCulture, $"{sign}{hours:00}:{minutes:00}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{sign}{hours:00}{minutes:00}"),
        });
    }
}
