namespace Klaviyo;

/// <summary>What an export wrote.</summary>
/// <param name="Profiles">How many profiles that answer for themselves; accounts and custom objects among them.</param>
/// <param name="Events">How many events.</param>
/// <param name="Lines">How many lines.</param>
public sealed record ExportResult(long Profiles, long Events, long Lines);
