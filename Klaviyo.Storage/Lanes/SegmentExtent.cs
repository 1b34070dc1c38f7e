using System.Globalization;
using Klaviyo.Json;

namespace Klaviyo.Storage.Lanes;

/// <summary>How much is asked when a segment is asked, with the segments that it asks for.</summary>
/// <remarks>Whatever is asked of a segment goes through all of it, on one stack, under the gates of a write too.</remarks>
/// <param name="Segments">How many segments ask one another in a row; one that asks for none is 1.</param>
/// <param name="Nesting">How many conditions stand in one another.</param>
/// <param name="Conditions">How many conditions there are; one that is asked twice counts twice.</param>
internal readonly record struct SegmentExtent(int Segments, int Nesting, long Conditions)
{
    /// <summary>How many segments may ask one another in a row.</summary>
    internal const int SegmentsMax = 32;

    private const int NestingMax = 2 * ConditionJson.NestingMax;
    private const int ConditionsMax = 100_000;

    /// <summary>Gets what is too much of it; null where nothing is.</summary>
    internal string? Excess
    {
        get
        {
            return Segments > SegmentsMax ? Text($"asks for segments that ask for segments, {Segments - 1} deep: {SegmentsMax - 1} are allowed")
                : Nesting > NestingMax ? Text($"has conditions that are nested deeper than {NestingMax}, with those of the segments that it asks for")
                : Conditions > ConditionsMax ? Text($"comes to {Conditions} conditions, with those of the segments that it asks for: {ConditionsMax} are allowed")
                : null;

            static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Gets the extent of a definition.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="extentOf">Finds that of a segment that it asks for; the default for a list.</param>
    internal static SegmentExtent Of(SegmentDefinition definition, Func<string, SegmentExtent> extentOf)
    {
        var asked = Of(definition.Root, extentOf);
        return asked with { Segments = asked.Segments + 1, Nesting = asked.Nesting + definition.Root.Nesting + 1 };
    }

    private static SegmentExtent Of(Condition condition, Func<string, SegmentExtent> extentOf)
    {
        return condition switch
        {
            AndCondition and => Join(and.Conditions.Select(c => Of(c, extentOf)), own: 0),
            OrCondition or => Join(or.Conditions.Select(c => Of(c, extentOf)), own: 0),
            GroupsCondition groups => Join(groups.Groups.Select(c => Of(c, extentOf)), own: 0),
            NotCondition not => Of(not.Negated, extentOf),
            GroupMembershipCondition member => Join(member.Groups.Select(extentOf), own: 1),
            _ => Join(GroupsOf(condition).Select(extentOf), own: 1),
        };
    }

    private static SegmentExtent Join(IEnumerable<SegmentExtent> parts, int own)
    {
        var all = new SegmentExtent(0, 0, own);
        foreach (var part in parts)
        {
            all = new SegmentExtent(
                Math.Max(all.Segments, part.Segments),
                Math.Max(all.Nesting, part.Nesting),
                Math.Min(all.Conditions + part.Conditions, int.MaxValue));
        }

        return all;
    }

    private static ISet<string> GroupsOf(Condition condition)
    {
        var reads = new DependencySet();
        condition.AddDependencies(reads);
        return reads.Groups;
    }
}
