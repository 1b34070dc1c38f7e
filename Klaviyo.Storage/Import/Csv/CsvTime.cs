using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Klaviyo.Storage.Import;

/// <summary>How a mapping says that times are written.</summary>
/// <param name="Column">Their column.</param>
/// <param name="Format">A .NET format such as <c>M/d/yyyy H:mm</c>; null for ISO 8601.</param>
/// <param name="Zone">Where a time without an offset is local; null for UTC.</param>
internal sealed record CsvTimeColumn(CsvColumn Column, string? Format, TimeZoneInfo? Zone);

/// <summary>Reads the times of one column.</summary>
/// <remarks>
/// A local time that a zone skips is the first instant after the gap, one that occurs twice is the first. The last time is
/// kept: files are mostly in order of time.
/// </remarks>
/// <threadsafety>For one reader.</threadsafety>
internal sealed class CsvTime(CsvTimeColumn column, int index)
{
    private const int LengthMax = 64;

    private readonly byte[] _lastBytes = new byte[LengthMax];
    private readonly bool _hasOffset = column.Format?.AsSpan().ContainsAny('z', 'K') ?? false;
    private int _lastLength;
    private Instant _last;

    internal bool TryRead(CsvRow row, Refusal refusal, out Instant time)
    {
        var bytes = row[index];
        time = _last;
        if (_lastLength > 0 && bytes.SequenceEqual(_lastBytes.AsSpan(0, _lastLength)))
        {
            return true;
        }

        bytes = bytes.Trim(" \t"u8);
        if (bytes.IsEmpty || bytes.Length > LengthMax || !TryParse(bytes, out time))
        {
            var form = column.Format is null ? "an ISO 8601 time such as 2026-11-23T08:30:00Z" : $"a time of the form {column.Format}";
            return refusal.Set(column.Column.Name, $"'{Shown(bytes)}' is not {form}.");
        }

        bytes.CopyTo(_lastBytes);
        _lastLength = bytes.Length;
        _last = time;
        return true;
    }

    private bool TryParse(ReadOnlySpan<byte> bytes, out Instant time)
    {
        if (column.Format is null)
        {
            var isIso = IsoTime.TryParse(bytes, out time);
            time = isIso && column.Zone is not null && !HasOffset(bytes) ? FromLocal(time.ToDateTimeOffset().DateTime) : time;
            return isIso;
        }

        Span<char> text = stackalloc char[LengthMax];
        time = default;
        return Utf8.ToUtf16(bytes, text, out _, out var length, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done
            && TryParse(text[..length], column.Format, out time);
    }

    private bool TryParse(ReadOnlySpan<char> text, string format, out Instant time)
    {
        var culture = CultureInfo.InvariantCulture;
        if (_hasOffset)
        {
            var isOffset = DateTimeOffset.TryParseExact(text, format, culture, DateTimeStyles.AssumeUniversal, out var parsed);
            time = parsed;
            return isOffset;
        }

        var isTime = DateTime.TryParseExact(text, format, culture, DateTimeStyles.None, out var local);
        time = isTime ? FromLocal(local) : default;
        return isTime;
    }

    private Instant FromLocal(DateTime local)
    {
        local = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        if (column.Zone is not { } zone)
        {
            return new DateTimeOffset(local, TimeSpan.Zero);
        }

        if (zone.IsInvalidTime(local))
        {
            local = EndOfGap(zone, local);
        }

        // The earlier of two instants is the one with the larger offset.
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return Instant.MinValue.PlusMs((local.Ticks - offset.Ticks) / TimeSpan.TicksPerMillisecond);
    }

    private static DateTime EndOfGap(TimeZoneInfo zone, DateTime local)
    {
        local = local.AddTicks(-(local.Ticks % TimeSpan.TicksPerMinute));
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(1);
        }

        return local;
    }

    private static bool HasOffset(ReadOnlySpan<byte> iso) => iso.Length > 10 && iso[10..].IndexOfAny("Zz+-"u8) >= 0;

    private static string Shown(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, LengthMax)]);
}
