namespace Klaviyo.Tests.Faults;

/// <summary>What a file of a store is worth.</summary>
internal static class StoreFiles
{
    /// <summary>Tells whether a file is part of the truth; what is not can be made again from what is.</summary>
    internal static bool IsTruth(string name) =>
        FaultPlan.KindOf(name) is "STORE" or "superblock" or "lane-N/log.N" or "overwrite.journal";

    /// <summary>Tells whether a finding of a verification is about a file that is derived, so that no answer is touched.</summary>
    internal static bool IsAboutDerived(SimulatedFiles disk, string problem) =>
        disk.List().Any(name => !IsTruth(name) && problem.StartsWith(name, StringComparison.Ordinal));
}
