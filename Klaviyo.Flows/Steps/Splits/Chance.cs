namespace Klaviyo;

/// <summary>Draws that are the same for the same profile and salt, for ever.</summary>
internal static class Chance
{
    /// <summary>Draws one of some weights.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="salt">Another salt draws independently.</param>
    /// <param name="weights">Not negative. Where all are zero the first is drawn.</param>
    /// <returns>The index.</returns>
    internal static int Draw(ProfileId profile, string salt, ReadOnlySpan<double> weights)
    {
        var total = 0.0;
        foreach (var weight in weights)
        {
            total += weight;
        }

        var rest = RandomSampleCondition.PositionOf(profile, salt) / 100 * total;
        for (var i = 0; i < weights.Length; i++)
        {
            if (rest < weights[i])
            {
                return i;
            }

            rest -= weights[i];
        }

        return 0;
    }
}
