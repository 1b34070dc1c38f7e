using Klaviyo.Storage.Index;
using Klaviyo.Storage.Log;

namespace Klaviyo.Storage.Reports;

/// <summary>What a report has to know of a lane, as of one moment.</summary>
/// <param name="Log">The lane's log.</param>
/// <param name="Names">A copy of its names: the report runs without the gate.</param>
/// <param name="Metric">The code of the metric; negative where the lane has never met it.</param>
/// <param name="Until">The address behind the last record that counts.</param>
/// <param name="FirstProfile">The number of the lane's first profile among those of all lanes.</param>
/// <param name="Profiles">How many profiles the lane has.</param>
internal sealed record ReportLane(LaneLog Log, NameTable Names, int Metric, LogAddress Until, int FirstProfile, int Profiles);
