namespace Klaviyo;

/// <summary>The kinds of things that happen to a run and to what it sends. The numbers stand in the log.</summary>
public enum DecisionKind
{
    /// <summary>Nothing; the value that no decision has.</summary>
    None = 0,

    /// <summary>A trigger fired: the run waits for its first turn.</summary>
    Trigger = 1,

    /// <summary>The run did not enter the flow.</summary>
    Refuse = 2,

    /// <summary>The run entered the flow.</summary>
    Enter = 3,

    /// <summary>A delay began.</summary>
    Wait = 4,

    /// <summary>A delay ended.</summary>
    Resume = 5,

    /// <summary>A split was taken.</summary>
    Branch = 6,

    /// <summary>A message is to be sent.</summary>
    Send = 7,

    /// <summary>An action was skipped; where the filter of the flow failed, the run ended with it.</summary>
    Skip = 8,

    /// <summary>The profile was written to.</summary>
    Update = 9,

    /// <summary>A message was delivered.</summary>
    Deliver = 10,

    /// <summary>A message was not delivered, and will be tried again.</summary>
    Retry = 11,

    /// <summary>A message was not delivered, and will not be tried again: its address does not exist.</summary>
    Fail = 12,

    /// <summary>A message was not delivered, because by now it must not be: consent was withdrawn, or the address is gone.</summary>
    Withdraw = 13,

    /// <summary>The run stands on its step until its profile is written to, or until an instant.</summary>
    Await = 14,

    /// <summary>The step of the run failed; the run stays there until somebody releases, skips or cancels it.</summary>
    Park = 15,

    /// <summary>A run that was parked takes its step again.</summary>
    Release = 16,

    /// <summary>The run was ended by hand.</summary>
    Cancel = 17,

    /// <summary>An attempt to deliver begins that must not be made twice.</summary>
    Begin = 18,

    /// <summary>
    /// A message was not delivered, after all attempts or because its channel says that repeating them helps nothing; it stays until
    /// somebody retries or drops it.
    /// </summary>
    DeadLetter = 19,

    /// <summary>Whether a message was delivered is not known, and it must not be sent twice; it stays like a dead letter.</summary>
    Uncertain = 20,

    /// <summary>A message that stayed is tried again.</summary>
    Requeue = 21,

    /// <summary>A message was given up by hand.</summary>
    Drop = 22,

    /// <summary>The run came onto another version of its flow, or ended because its step is not there any more.</summary>
    Migrate = 23,

    /// <summary>The run stands in line for a rate limit, until it is its turn.</summary>
    Queue = 24,
}

/// <summary>The words of the kinds.</summary>
public static class DecisionKindText
{
    /// <summary>Gets the word of a kind as JSON shows it, e.g. <c>send</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a kind.</exception>
    public static string Of(DecisionKind kind)
    {
        return kind switch
        {
            DecisionKind.None => "",
            DecisionKind.Trigger => "trigger",
            DecisionKind.Refuse => "refuse",
            DecisionKind.Enter => "enter",
            DecisionKind.Wait => "wait",
            DecisionKind.Resume => "resume",
            DecisionKind.Branch => "branch",
            DecisionKind.Send => "send",
            DecisionKind.Skip => "skip",
            DecisionKind.Update => "update",
            DecisionKind.Deliver => "deliver",
            DecisionKind.Retry => "retry",
            DecisionKind.Fail => "fail",
            DecisionKind.Withdraw => "withdraw",
            DecisionKind.Await => "await",
            DecisionKind.Park => "park",
            DecisionKind.Release => "release",
            DecisionKind.Cancel => "cancel",
            DecisionKind.Begin => "begin",
            DecisionKind.DeadLetter => "dead-letter",
            DecisionKind.Uncertain => "uncertain",
            DecisionKind.Requeue => "requeue",
            DecisionKind.Drop => "drop",
            DecisionKind.Migrate => "migrate",
            DecisionKind.Queue => "queue",
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of decision."),
        };
    }
}
