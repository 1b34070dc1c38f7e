using System.Globalization;

namespace Klaviyo.Tests.Support;

/// <summary>How often a random test is tried: few times by default, as often as <c>CsCheck_Iter</c> says where it is set.</summary>
internal static class Rounds
{
    internal static long Of(long few) =>
        long.TryParse(Environment.GetEnvironmentVariable("CsCheck_Iter"), CultureInfo.InvariantCulture, out var many) ? many : few;
}
