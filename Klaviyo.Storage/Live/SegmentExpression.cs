namespace Klaviyo.Storage.Live;

/// <summary>How the answers of atoms make that of a segment: and, or, not over bits.</summary>
/// <remarks>An atom is a condition that asks about the profile itself; segments share those that are equal.</remarks>
/// <threadsafety>Immutable.</threadsafety>
internal abstract class SegmentExpression
{
    /// <summary>Tells whether a profile with these answers is in the segment.</summary>
    internal abstract bool Holds(ReadOnlySpan<ulong> answers);

    /// <summary>Takes a condition apart, and the segments that it asks for.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="segmentOf">Finds the rule of a segment; null for a list.</param>
    /// <param name="numberOf">Gives each atom its number.</param>
    internal static SegmentExpression Of(Condition condition, Func<string, Condition?> segmentOf, Func<Condition, int> numberOf)
    {
        return condition switch
        {
            AndCondition and => new All([.. and.Conditions.Select(Part)], true),
            OrCondition or => new All([.. or.Conditions.Select(Part)], false),
            GroupsCondition groups => new All([.. groups.Groups.Select(Part)], true),
            NotCondition not => new Not(Part(not.Negated)),
            GroupMembershipCondition { Joined: null } member when member.Groups.Any(g => segmentOf(g) is not null) => Membership(member),
            _ => new Atom(numberOf(condition)),
        };

        SegmentExpression Part(Condition part) => Of(part, segmentOf, numberOf);

        SegmentExpression Membership(GroupMembershipCondition member)
        {
            var any = new All([.. member.Groups.Select(g => Part(segmentOf(g) ?? new GroupMembershipCondition(true, g)))], false);
            return member.IsMember ? any : new Not(any);
        }
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
