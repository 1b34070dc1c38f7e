using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Klaviyo.Tests.Faults;

/// <summary>A call to the disk that can be made to fail.</summary>
public enum FileCall
{
    Open,
    Create,
    Length,
    Read,
    Write,
    Sync,
    SetLength,
    Rename,
    Delete,
    List,
    SyncDirectory,
    Lock,
}

/// <summary>How it fails.</summary>
public enum FaultKind
{
    /// <summary>Nothing happens and an error is reported.</summary>
    Error,

    /// <summary>Nothing happens and the disk is said to be full.</summary>
    Full,

    /// <summary>Nothing happens and an error that is not the disk's is reported.</summary>
    Bug,

    /// <summary>It happens by half and an error is reported.</summary>
    Half,

    /// <summary>Nothing happens and success is reported; what is read is zero.</summary>
    Lie,

    /// <summary>It happens in another place, and success is reported.</summary>
    Misdirected,

    /// <summary>It happens late.</summary>
    Slow,

    /// <summary>It happens when the test says so.</summary>
    Pause,

    /// <summary>Nothing happens, and an error is reported only when the test says so.</summary>
    Hang,
}

/// <summary>An error of a disk, as a test asked for it.</summary>
internal sealed class InjectedFaultException(string what) : IOException(what);

/// <summary>
/// Which call fails: the n-th of its kind on files whose names begin so, or are of the kind, once or from then on.
/// </summary>
public sealed partial record FaultPlan(
    FileCall Call, string Name, int Nth, bool ForEver = false, FaultKind Kind = FaultKind.Error)
{
    private readonly ConcurrentDictionary<(FileCall Call, string Kind), int> _seen = [];
    private int _calls;
    private int _callsAfter;

    /// <summary>Gets a plan that lets everything pass, to see what there is.</summary>
    internal static FaultPlan Nothing => new(FileCall.Open, "", int.MaxValue);

    internal bool HasStruck { get; private set; }

    /// <summary>Gets or sets whether everything passes for the time being, and is not counted.</summary>
    internal bool IsIdle { get; set; }

    /// <summary>Gets how many calls of the kind came after the one that failed.</summary>
    internal int CallsAfter => Volatile.Read(ref _callsAfter);

    /// <summary>Gets how often each call was made on each kind of file.</summary>
    internal IReadOnlyDictionary<(FileCall Call, string Kind), int> Seen => _seen;

    internal ManualResetEventSlim Hanging { get; } = new();

    internal ManualResetEventSlim Release { get; } = new();

    /// <summary>Gets the kind of a file: its name without the numbers, so that kinds that are new are met too.</summary>
    internal static string KindOf(string name) => Numbers().Replace(name, "N");

    internal bool Strikes(FileCall call, string name)
    {
        _seen.AddOrUpdate((call, KindOf(name)), 1, (_, count) => count + 1);
        if (IsIdle || call != Call || !(name.StartsWith(Name, StringComparison.Ordinal) || KindOf(name) == Name))
        {
            return false;
        }

        var number = Interlocked.Increment(ref _calls);
        if (number > Nth)
        {
            Interlocked.Increment(ref _callsAfter);
        }

        var strikes = number == Nth || (ForEver && number > Nth);
        HasStruck |= strikes;
        return strikes;
    }

    public override string ToString() => $"{Kind} of {Call} {Nth} of '{Name}'{(ForEver ? " for ever" : "")}";

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Numbers();
}
