using System.Globalization;

namespace Klaviyo;

/// <summary>Sends one of several messages by chance: always the same one to one profile.</summary>
/// <remarks>
/// <para>While the experiment is live each variation is sent in proportion to its share, drawn by a hash of flow, step, experiment
/// and profile. Otherwise, as a draft or completed, the main message is sent. Nothing picks a winner by itself: a person makes
/// it the main message and completes the experiment.</para>
/// <para>Each message is a step of its own for statistics and decisions; its id is that of this step, a slash, and its own. A variation
/// whose id is empty goes by its place, from 1. It acts when this step does.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ExperimentStep : Step
{
    /// <summary>Creates a step.</summary>
    /// <param name="type"><c>ab-test</c> or <c>content-experiment</c>.</param>
    public ExperimentStep(string type = "ab-test") => Type = type;

    /// <inheritdoc/>
    public override string Type { get; }

    /// <summary>Gets whether the step acts; one that does not is skipped, and the run goes on.</summary>
    public StepStatus Status { get; init; }

    /// <summary>Gets whether the experiment runs: <c>draft</c>, <c>live</c> or <c>completed</c>; null for nothing said.</summary>
    public string? ExperimentStatus { get; init; }

    /// <summary>Gets the message that is sent where no experiment runs.</summary>
    public required SendStep Main { get; init; }

    /// <summary>Gets the messages of the experiment.</summary>
    public ValueList<SendStep> Variations { get; init; } = [];

    /// <summary>Gets the share of each variation, by its id, in proportion to the others.</summary>
    /// <value>Empty, the default, is the same for all; one that is not named has none.</value>
    public PropertyMap Allocations { get; init; } = [];

    /// <summary>Gets what else Klaviyo's JSON says of the experiment, as it says it.</summary>
    public PropertyMap Options { get; init; } = [];

    /// <summary>Gets the id of the step that follows; null ends the run.</summary>
    public string? Next { get; init; }

    /// <summary>Gets whether the variations are sent.</summary>
    internal bool IsRunning => ExperimentStatus == "live" && Variations.Count > 0;

    /// <inheritdoc/>
    internal override IEnumerable<Step> Inner => new[] { Main }.Concat(Variations).Select((arm, i) => arm with
    {
        Id = IdOf(i),
        Status = StepStatus.Live,
        Next = Next,
    });

    /// <inheritdoc/>
    internal override ValueList<string?> Links =>
        ValueList.Of(Enumerable.Range(0, Variations.Count + 1).Select(i => (string?)IdOf(i)).Prepend(Next));

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context)
    {
        if (Status != StepStatus.Live)
        {
            return Decision.Skip(SkipReason.StepDisabled, StepStatusText.Of(Status));
        }

        if (!IsRunning)
        {
            return Decision.Branch(1);
        }

        var weights = new double[Variations.Count];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = Allocations.Count == 0 ? 1 : Share(Allocations[Variations[i].Id]);
        }

        var salt = $"{context.SaltOf(Id)}/{Options["id"]}";
        return Decision.Branch(2 + Chance.Draw(context.Facts.History.Id, salt, weights));
    }

    /// <summary>Gets by what a variation is known: its id, or else its place, from 1.</summary>
    internal string NameOf(int variation) =>
        Variations[variation].Id is { Length: > 0 } id ? id : (variation + 1).ToString(CultureInfo.InvariantCulture);

    private static double Share(PropertyValue value) => value.Kind == PropertyKind.Number ? Math.Max(0, value.AsNumber()) : 0;

    private string IdOf(int arm) => arm == 0 ? $"{Id}/main" : $"{Id}/{NameOf(arm - 1)}";
}
