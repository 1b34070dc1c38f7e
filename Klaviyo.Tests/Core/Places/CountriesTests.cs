namespace Klaviyo.Tests.Core.Places;

public sealed class CountriesTests
{
    [TestCase("+12025550143", "US")]
    [TestCase("+14165550143", "CA")]
    [TestCase("+18765550143", "JM")]
    [TestCase("+16585550143", "JM")]
    [TestCase("+18095550143", "DO")]
    [TestCase("+18495550143", "DO")]
    [TestCase("+17875550143", "PR")]
    [TestCase("+13405550143", "VI")]
    [TestCase("+12465550143", "BB")]
    [TestCase("+18685550143", "TT")]
    [TestCase("+442079460000", "GB")]
    [TestCase("+441534960000", "JE")]
    [TestCase("+79161234567", "RU")]
    [TestCase("+77011234567", "KZ")]
    [TestCase("+390669812345", "VA")]
    [TestCase("+390612345678", "IT")]
    [TestCase("+41446681800", "CH")]
    [TestCase("+423232345", "LI")]
    [TestCase("+3725123456", "EE")]
    [TestCase("+262692123456", "RE")]
    [TestCase("+262639123456", "YT")]
    [TestCase("+590590123456", "GP,BL,MF")]
    [TestCase("+59995123456", "CW")]
    [TestCase("+80012345678", "")]
    [TestCase("+", "")]
    [TestCase("2025550143", "")]
    [TestCase("+1 202 555 0143", "")]
    [TestCase(null, "")]
    public void OfPhoneNumber_LongestBeginning_Decides(string? number, string expected) =>
        Assert.That(string.Join(',', Countries.OfPhoneNumber(number)), Is.EqualTo(expected));

    [TestCase("FR", "FR")]
    [TestCase("fra", "FR")]
    [TestCase(" France ", "FR")]
    [TestCase("united states of america", "US")]
    [TestCase("UK", "GB")]
    [TestCase("Atlantis", null)]
    [TestCase("", null)]
    [TestCase(null, null)]
    public void CodeOf_CodesAndNames_InAnyCase(string? name, string? expected) => Assert.That(Countries.CodeOf(name), Is.EqualTo(expected));

    // "Every negative operator … is exactly the complement of its positive twin"
    [TestCase("+12025550143", true)]
    [TestCase("+14165550143", false)]
    [TestCase("+442079460000", true)]
    [TestCase(null, false)]
    public void StringFilter_PhoneCountry_AsksTheNumber(string? number, bool expected)
    {
        var context = default(EvaluationContext);
        Assert.That(new StringFilter(StringOperator.PhoneCountryIn, "us", "GB").Matches(number, context), Is.EqualTo(expected));
        Assert.That(new StringFilter(StringOperator.PhoneCountryNotIn, "us", "GB").Matches(number, context), Is.Not.EqualTo(expected));
    }
}
