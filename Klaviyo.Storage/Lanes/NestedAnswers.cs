namespace Klaviyo.Storage.Lanes;

/// <summary>What a segment is asked by another.</summary>
internal enum NestedKind
{
    /// <summary>Whether the profile is in it: the instant itself, or null.</summary>
    Holds,

    /// <summary>Since when.</summary>
    Since,

    /// <summary>When that may change next.</summary>
    Boundary,
}

/// <summary>What a segment is asked by another, for one profile.</summary>
/// <param name="Kind">What.</param>
/// <param name="Segment">Which segment.</param>
/// <param name="At">T.</param>
/// <param name="WithoutAnniversaries">Whether boundaries that come again every year are left out.</param>
/// <param name="Horizon">How far back it matters since when.</param>
internal readonly record struct NestedQuestion(
    NestedKind Kind, string Segment, Instant At, bool WithoutAnniversaries, Instant Horizon);

/// <summary>The answers of segments that others ask for, while one question about a profile is answered.</summary>
/// <remarks>
/// A walk over the past asks the same again and again, and where segments ask for one another since when they hold, each would
/// multiply the questions to the next. What is kept is forgotten with the outermost question, so a write is never missed.
/// </remarks>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class NestedAnswers
{
    private const int AnswersMax = 65_536;

    private readonly Dictionary<NestedQuestion, Instant?> _answers = [];
    private int _depth;

    /// <summary>Asks a segment about a profile.</summary>
    /// <param name="history">The profile.</param>
    /// <param name="context">The context of the condition that asks. A segment is the same for every run: what it knows of one is not passed on.</param>
    /// <param name="kind">What is asked.</param>
    /// <param name="name">The name of the segment.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="horizon">How far back it matters since when.</param>
    /// <exception cref="DefinitionException">
    /// It is asked within its own answer. Such definitions are refused, so this is a safety net.
    /// </exception>
    internal Instant? Ask(
        ProfileHistory history, in EvaluationContext context, NestedKind kind, string name, SegmentDefinition segment, Instant horizon = default)
    {
        var question = new NestedQuestion(kind, name, context.At, kind != NestedKind.Holds && context.WithoutAnniversaries, horizon);
        if (_answers.Count > 0 && _answers.TryGetValue(question, out var answer))
        {
            return answer;
        }

        if (_depth > SegmentExtent.SegmentsMax)
        {
            throw new DefinitionException("$", $"The segment '{name}' refers to itself through other segments.");
        }

        _depth++;
        try
        {
            var asked = new EvaluationContext(history, context.At, context.Zone) { WithoutAnniversaries = question.WithoutAnniversaries };
            answer = kind switch
            {
                NestedKind.Holds => segment.Holds(asked) ? context.At : null,
                NestedKind.Since => segment.Since(asked, horizon),
                _ => segment.NextBoundary(asked),
            };
        }
        finally
        {
            if (--_depth == 0)
            {
                _answers.Clear();
            }
        }

        Keep(question, answer);
        return answer;
    }

    private void Keep(in NestedQuestion question, Instant? answer)
    {
        if (_depth == 0)
        {
            return;
        }

        if (_answers.Count == AnswersMax)
        {
            _answers.Clear();
        }

        _answers[question] = answer;
    }
}
