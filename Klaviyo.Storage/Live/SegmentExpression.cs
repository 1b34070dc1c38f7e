namespace Klaviyo.Storage.Live;

/// <summary>How the answers of atoms make that of a segment: and, or, not over bits.</summary>
/// <remarks>An atom is a condition that asks about the profile itself; segments share those that are equal.</remarks>
/// <threadsafety>Immutable.</threadsafety>
internal abstract class SegmentExpression
{
    /// <summary>Tells whether a profile with these answers is in the segment.</summary>
    internal abstract bool Holds(ReadOnlySpan<ulong> answers);

    /// <summary>Takes a condition apart.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="numberOf">Gives each atom its number.</param>
    internal static SegmentExpression Of(Condition condition, Func<Condition, int> numberOf)
    {
        return condition switch
        {
            AndCondition and => new All([.. and.Conditions.Select(c => Of(c, numberOf))], true),
            OrCondition or => new All([.. or.Conditions.Select(c => Of(c, numberOf))], false),
            GroupsCondition groups => new All([.. groups.Groups.Select(c => Of(c, numberOf))], true),
            NotCondition not => new Not(Of(not.Negated, numberOf)),
            _ => new Atom(numberOf(condition)),
        };
    }

    // All of the parts are so, or else the answer is the other one: and, where that is true, or, where it is false.
    private sealed class All(SegmentExpression[] parts, bool so) : SegmentExpression
    {
        internal override bool Holds(ReadOnlySpan<ulong> answers)
        {
            foreach (var part in parts)
            {
                if (part.Holds(answers) != so)
                {
                    return !so;
                }
            }

            return so;
        }
    }

    private sealed class Not(SegmentExpression part) : SegmentExpression
    {
        internal override bool Holds(ReadOnlySpan<ulong> answers) => !part.Holds(answers);
    }

    private sealed class Atom(int number) : SegmentExpression
    {
        internal override bool Holds(ReadOnlySpan<ulong> answers) => Mask.Has(answers, number);
    }
}
