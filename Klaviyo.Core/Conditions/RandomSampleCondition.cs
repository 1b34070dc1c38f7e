using System.Globalization;
using System.Text;

namespace Klaviyo;

/// <summary>Holds for a share of all profiles: always the same ones for the same salt.</summary>
/// <remarks>Another salt draws other profiles, independently. A greater share holds for all that a smaller one held for.</remarks>
public sealed record RandomSampleCondition : Condition
{
    private const int Buckets = 1_000_000;

    /// <summary>Creates a condition.</summary>
    /// <param name="percentage">0 to 100; fractions count to four digits.</param>
    /// <param name="salt">Any text.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not a percentage.</exception>
    public RandomSampleCondition(double percentage, string salt = "")
    {
        ArgumentNullException.ThrowIfNull(salt);
        if (percentage is not (>= 0 and <= 100))
        {
            throw new ArgumentOutOfRangeException(nameof(percentage), percentage, "A percentage is 0 to 100.");
        }

        Percentage = percentage;
        Salt = salt;
    }

    /// <summary>Gets the share, 0 to 100.</summary>
    public double Percentage { get; }

    /// <summary>Gets the salt.</summary>
    public string Salt { get; }

    /// <summary>Gets where a profile stands in the draw.</summary>
    /// <returns>A percentage from 0 to below 100, to four digits; evenly spread over profiles.</returns>
    public static double PositionOf(ProfileId profile, string salt) => Bucket(profile, salt) * 100.0 / Buckets;

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => PositionOf(context.History.Id, Salt) < Percentage;

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => null;

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var words = string.Create(CultureInfo.InvariantCulture, $"is in a random sample of {Percentage} %");
        return new Explanation(words, Holds(context), PositionOf(context.History.Id, Salt), [], []);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies)
    {
        // The id of a profile does not change.
    }

    // FNV-1a over salt and id, then the finaliser of MurmurHash3: FNV alone leaves the high bits of near ids alike.
    private static long Bucket(ProfileId profile, string salt)
    {
        unchecked
        {
            var hash = 14_695_981_039_346_656_037UL;
            foreach (var b in Encoding.UTF8.GetBytes(salt))
            {
                hash = (hash ^ b) * 1_099_511_628_211UL;
            }

            for (var shift = 0; shift < 64; shift += 8)
            {
                hash = (hash ^ (byte)(profile.Value >> shift)) * 1_099_511_628_211UL;
            }

            hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL;
            hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53UL;
            return (long)((hash ^ (hash >> 33)) % Buckets);
        }
    }
}
