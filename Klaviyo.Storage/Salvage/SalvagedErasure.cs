using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Salvage;

/// <summary>An erasure that is whole, behind what is lost.</summary>
/// <param name="Lane">The lane.</param>
/// <param name="Record">The record; its payload is its own.</param>
internal readonly record struct SalvagedErasure(int Lane, LogRecord Record)
{
    /// <summary>Gets the profile, by its number in the lane.</summary>
    internal int Profile => EraseRecord.Read(Record.Payload).Profile;
}
