namespace Klaviyo;

/// <summary>How runs under way come onto a new version of their flow.</summary>
/// <remarks>
/// <para>A run lands on the step of the same id, unless <see cref="Steps"/> says something else of its step. Where there is no such
/// step, it stays on its version.</para>
/// <para>A run that waits goes on waiting, and goes on as the new version says. Where the step is of another type now, or the run is
/// moved to another step, it takes that step at once. What awaits something, or a goal, is asked anew, as of its arrival. What is
/// parked stays so, and can then be released.</para>
/// <para>A run that stands on a step until its message has a result stays on its version, as that step may not be the same.</para>
/// <para>Variables and the instant of entry stay. Messages that were decided go out as they were decided.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record FlowMigration
{
    /// <summary>Gets what becomes of the waiting where the step says something else now. The default keeps its end.</summary>
    public DelayMigration Delays { get; init; }

    /// <summary>Gets where the runs of steps go that do not go to the step of the same id.</summary>
    public ValueList<StepMigration> Steps { get; init; } = [];
}

/// <summary>Where the runs of a step go.</summary>
/// <param name="Step">The id of the step on which they stand, in their versions.</param>
/// <param name="To">The id of the step of the new version which they take at once; null ends them.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record StepMigration(string Step, string? To);

/// <summary>What becomes of a waiting whose step says something else now.</summary>
public enum DelayMigration
{
    /// <summary>It ends when it would have ended.</summary>
    Keep,

    /// <summary>
    /// It ends when the new step says, counted from the arrival; where that has passed, at once. Where the end does not tell when
    /// the run arrived, as after a delay until a local time or by chance, it is kept.
    /// </summary>
    Recompute,
}
