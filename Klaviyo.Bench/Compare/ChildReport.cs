using System.Globalization;

namespace Klaviyo.Bench.Compare;

/// <summary>What a process of its own tells, in one line of numbers.</summary>
internal sealed record ChildReport
{
    internal long IndexBytes { get; init; }

    internal long LogBytes { get; init; }

    internal long HeapBytesBefore { get; init; }

    internal long HeapBytes { get; init; }

    internal long ProcessBytesBefore { get; init; }

    internal long ProcessBytes { get; init; }

    /// <summary>Gets how long the opening took.</summary>
    internal long OpenUs { get; init; }

    internal long Events { get; init; }

    internal long RecordsReplayed { get; init; }

    /// <summary>Gets the most memory that the process had at any time.</summary>
    internal long ProcessBytesPeak { get; init; }

    /// <summary>Gets how long a question took, by half of them and by 99 in a hundred, in nanoseconds.</summary>
    internal long PointP50Ns { get; init; }

    internal long PointP99Ns { get; init; }

    internal static ChildReport Parse(string line)
    {
        var numbers = line.Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        return new ChildReport
        {
            IndexBytes = numbers[0],
            LogBytes = numbers[1],
            HeapBytesBefore = numbers[2],
            HeapBytes = numbers[3],
            ProcessBytesBefore = numbers[4],
            ProcessBytes = numbers[5],
            OpenUs = numbers[6],
            Events = numbers[7],
            RecordsReplayed = numbers[8],
            ProcessBytesPeak = numbers[9],
            PointP50Ns = numbers[10],
            PointP99Ns = numbers[11],
        };
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{IndexBytes} {LogBytes} {HeapBytesBefore} {HeapBytes} {ProcessBytesBefore} {ProcessBytes} {OpenUs} {Events} {RecordsReplayed} {ProcessBytesPeak} {PointP50Ns} {PointP99Ns}");
}
