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

    /// <summary>Gets the version for which the next instants of all profiles were found that were there before it; 0 for none.</summary>
    internal int Armed { get; private init; }

    /// <summary>Gets when the flow was last resumed: what was due before is due then.</summary>
    internal Instant Resumed { get; private init; } = Instant.MinValue;

    /// <summary>Gets whether a message of any version looks custom objects up.</summary>
    internal bool ReadsCatalog => Array.Exists(_versions, v => v.ReadsCatalog);

    /// <summary>Makes a flow with its first version.</summary>
    internal static Flow Of(int number, FlowVersion version, Instant at) => new(number, at, [version]);

    /// <summary>Gets a version by its number, from 1.</summary>
    internal FlowVersion Version(int number) => _versions[number - 1];

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

    /// <summary>Tells whether what is written of a profile may change when the clock starts the flow for it.</summary>
    internal bool ReadsTime(CustomerWrite write) => Which<TimedTrigger>(t => t.Reads(write)) is not null;

    /// <summary>Adds a version.</summary>
    internal Flow With(FlowVersion version) =>
        new(Number, Defined, [.. _versions, version]) { Paused = Paused, Resumed = Resumed, Armed = Armed };

    /// <summary>Pauses or resumes.</summary>
    internal Flow With(bool paused, Instant at)
    {
        return new Flow(Number, Defined, _versions)
        {
            Paused = paused,
            Resumed = Paused && !paused ? at : Resumed,
            Armed = Armed,
        };
    }

    /// <summary>Notes that the next instants of all profiles are known.</summary>
    internal Flow WithArmed(int version) =>
        new(Number, Defined, _versions) { Paused = Paused, Resumed = Resumed, Armed = version };
}
