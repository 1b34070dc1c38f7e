using System.Globalization;

namespace Klaviyo.Flows.Interpreter;

/// <summary>How many runs led to a run, each started by what the one before wrote or sent: the guard against flows that start one another for ever.</summary>
/// <remarks>
/// It is a variable of the run, set by the transition that starts it. Who started a run an hour or longer after his own entry is the
/// beginning of a new chain: a circle that takes its time is meant.
/// </remarks>
internal static class RunHops
{
    /// <summary>How many runs a chain may have behind its first.</summary>
    internal const int Max = 16;

    /// <summary>The name of the variable.</summary>
    internal const string Variable = "$hops";

    private const long HourMs = 3_600_000;

    /// <summary>Gets what a run is told that is one too many.</summary>
    internal static string Reason { get; } = string.Create(
        CultureInfo.InvariantCulture,
        $"Flows start one another: more than {Max} runs in a row, each within an hour of the one before.");

    /// <summary>Gets the hops of what a run starts now.</summary>
    /// <param name="variables">The variables of the run; null for none.</param>
    /// <param name="entered">When it entered.</param>
    /// <param name="at">The instant at which it writes or sends.</param>
    internal static int After(PropertyMap? variables, Instant entered, Instant at) =>
        at.UnixMs - entered.UnixMs >= HourMs ? 0 : Of(variables) + 1;

    /// <summary>Gets whether a run is one too many.</summary>
    internal static bool IsTooMany(PropertyMap? variables) => Of(variables) > Max;

    /// <summary>Adds the hops to the variables with which a run starts; null for none.</summary>
    internal static PropertyMap? Add(PropertyMap? variables, int hops)
    {
        if (hops == 0)
        {
            return variables;
        }

        variables ??= [];
        variables[Variable] = hops;
        return variables;
    }

    private static int Of(PropertyMap? variables) => variables?[Variable] is { Kind: PropertyKind.Number } hops ? (int)hops.AsNumber() : 0;
}
