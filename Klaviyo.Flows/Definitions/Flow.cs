namespace Klaviyo.Flows.Definitions;

/// <summary>A flow of a store: its versions, and whether it runs.</summary>
/// <remarks>A new version or a change of state makes a new object; the number stays.</remarks>
/// <threadsafety>Immutable.</threadsafety>
internal sealed class Flow
{
    private readonly FlowVersion[] _versions;

    private Flow(int number, Instant defined, FlowVersion[] versions)
    {
        Number = number;
        Defined = defined;
        _versions = versions;
    }

    private Flow(Flow other, FlowVersion[] versions)
        : this(other.Number, other.Defined, versions)
    {
        (Paused, PausedAt, Pauses) = (other.Paused, other.PausedAt, other.Pauses);
        (Life, Archived) = (other.Life, other.Archived);
        (Armed, Since) = (other.Armed, other.Since);
        (Migration, BackPopulation) = (other.Migration, other.BackPopulation);
    }

    /// <summary>Gets the number of the flow in its store, from 0, by order of definition.</summary>
    internal int Number { get; }

    /// <summary>Gets when the first version was defined. With the name it tells flows of different stores apart.</summary>
    internal Instant Defined { get; }

    /// <summary>Gets the name.</summary>
    internal string Name => Latest.Definition.Name;

    /// <summary>Gets the version that new runs get.</summary>
    internal FlowVersion Latest => _versions[^1];

    /// <summary>Gets whether the flow is paused: nothing starts, and what is due waits.</summary>
    internal bool Paused { get; private init; }

    /// <summary>Gets whether the flow is in use, archived or gone.</summary>
    internal FlowLife Life { get; private init; }

    /// <summary>Gets when it was archived, where it is not live: what was to start a run after that starts none.</summary>
    internal Instant Archived { get; private init; } = Instant.MaxValue;

    /// <summary>Gets whether a trigger may start runs.</summary>
    internal bool Starts => Life == FlowLife.Live && !Paused;

    /// <summary>Gets whether the flow is deleted, or is about to be.</summary>
    internal bool IsDeleted => Life is FlowLife.Deleting or FlowLife.Deleted;

    /// <summary>Gets the version for which the next instants of all profiles were found that were there before it; 0 for none.</summary>
    internal int Armed { get; private init; }

    /// <summary>Gets when the flow was last resumed: what was due before is due then.</summary>
    internal Instant Resumed => Pauses.Length > 0 ? Pauses[^1].Until : Instant.MinValue;

    private Instant PausedAt { get; init; }

    private (Instant From, Instant Until)[] Pauses { get; init; } = [];

    /// <summary>Gets since when the clock starts runs of the latest version: since it was defined, or the flow restored.</summary>
    internal Instant Since { get; private init; }

    /// <summary>Gets whether any version reads accounts or custom objects.</summary>
    internal bool ReadsObjects => Array.Exists(_versions, v => v.ReadsObjects);

    /// <summary>Gets the migration of runs to a version that is not done yet; null for none.</summary>
    internal (int Version, FlowMigration Migration)? Migration { get; private init; }

    /// <summary>Gets the enrolment from history that is not done yet, with the instant at which it was asked for; null for none.</summary>
    internal (Instant At, BackPopulation BackPopulation)? BackPopulation { get; private init; }

    /// <summary>Makes a flow with its first version.</summary>
    internal static Flow Of(int number, FlowVersion version) => new(number, version.Defined, [version]) { Since = version.Defined };

    /// <summary>Gets the versions, by number.</summary>
    internal IReadOnlyList<FlowVersion> Versions => _versions;

    /// <summary>Gets a version by its number, from 1.</summary>
    internal FlowVersion Version(int number) => _versions[number - 1];

    /// <summary>Gets whether all of its versions can be read.</summary>
    internal bool IsReadable => Array.TrueForAll(_versions, v => v.Fault is null);

    /// <summary>Tells whether runs and messages of a version stay where they are: the flow is paused, or the version cannot be read.</summary>
    internal bool Holds(int version) => Paused || Version(version).Fault is not null;

    /// <summary>Finds which of the triggers of the latest version is of a kind and passes a test, by number; null for none.</summary>
    internal int? Which<T>(Func<T, bool> passes)
        where T : FlowTrigger
    {
        var triggers = Latest.Definition.Triggers;
        for (var i = 0; i < triggers.Count; i++)
        {
            if (triggers[i] is T trigger && passes(trigger))
            {
                return i;
            }
        }

        return null;
    }

    /// <summary>Tells whether properties that are written of a profile may change when the clock starts the flow for it.</summary>
    internal bool ReadsTime(PropertyMap written) => Which<TimedTrigger>(t => t.Reads(written)) is not null;

    /// <summary>Gets after which instant the clock starts runs of a version.</summary>
    internal Instant After(FlowVersion version) => version == Latest ? Since : version.Defined;

    /// <summary>Gets until when the clock starts runs of a version, that instant included: until there was another.</summary>
    internal Instant Until(FlowVersion version) => version == Latest ? Instant.MaxValue : Version(version.Number + 1).Defined;

    /// <summary>Gets when the pause ended in which an instant lies; null for one at which the flow was not paused.</summary>
    internal Instant? ResumedAfter(Instant at)
    {
        var pause = Array.FindIndex(Pauses, p => p.From <= at && at < p.Until);
        return pause >= 0 ? Pauses[pause].Until : null;
    }

    /// <summary>Adds a version.</summary>
    internal Flow With(FlowVersion version) => new(this, [.. _versions, version]) { Since = version.Defined };

    /// <summary>Pauses or resumes.</summary>
    internal Flow With(bool paused, Instant at)
    {
        return new(this, _versions)
        {
            Paused = paused,
            PausedAt = Paused ? PausedAt : at,
            Pauses = Paused && !paused ? [.. Pauses, (PausedAt, at)] : Pauses,
        };
    }

    /// <summary>Archives, restores or deletes.</summary>
    /// <remarks>Who restores it has the next instants of all profiles found anew; an enrolment that was not done is given up.</remarks>
    internal Flow With(FlowLife life, Instant at)
    {
        var lives = life == FlowLife.Live;
        return new(this, _versions)
        {
            Life = life,
            Archived = lives ? Instant.MaxValue : Life == FlowLife.Live ? at : Archived,
            Armed = lives ? 0 : Armed,
            Since = lives && Life != FlowLife.Live ? at : Since,
            BackPopulation = lives ? BackPopulation : null,
        };
    }

    /// <summary>Notes that the next instants of all profiles are known.</summary>
    internal Flow WithArmed(int version) => new(this, _versions) { Armed = version };

    /// <summary>Notes that a migration is to be done, or that it is done.</summary>
    internal Flow With((int Version, FlowMigration Migration)? migration) => new(this, _versions) { Migration = migration };

    /// <summary>Notes that an enrolment from history is to be done, or that it is done.</summary>
    internal Flow With((Instant At, BackPopulation BackPopulation)? backPopulation) =>
        new(this, _versions) { BackPopulation = backPopulation };
}
