using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Klaviyo.Storage.Import;

/// <summary>How a mapping says that times are written.</summary>
/// <param name="Column">Their column.</param>
/// <param name="Format">A .NET format such as <c>M/d/yyyy H:mm</c>; null for ISO 8601.</param>
/// <param name="Zone">Where a time without an offset is local; null for UTC.</param>
internal sealed record CsvTimeColumn(CsvColumn Column, string? Format, AccountZone? Zone);

/// <summary>Reads the times of one column.</summary>
/// <remarks>
/// A local time that a zone skips is the first instant after the gap, one that occurs twice is the first. The last time
/// is kept: files are mostly in order of time.
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
            var form = column.Format ?? "ISO 8601, such as 2026-11-23T08:30:00Z";
            return refusal.Set(column.Column.Name, $"'{Shown(bytes)}' is not a time of the form {form}.");
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
            var isIso = Instant.TryParse(bytes, out time);
            time = isIso && !HasOffset(bytes) ? FromLocal(time.ToDateTimeOffset().DateTime) : time;
            return isIso;
        }

        Span<char> text = stackalloc char[LengthMax];
        var status = Utf8.ToUtf16(bytes, text, out _, out var length, replaceInvalidSequences: false);
        time = default;
        return status == OperationStatus.Done && TryParse(text[..length], column.Format, out time);
    }

    private bool TryParse(ReadOnlySpan<char> text, string format, out Instant time)
    {
        var culture = CultureInfo.InvariantCulture;
        if (_hasOffset)
        {
            const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal;
            var isOffset = DateTimeOffset.TryParseExact(text, format, culture, Utc, out var parsed);
            time = parsed;
            return isOffset;
        }

        var isTime = DateTime.TryParseExact(text, format, culture, DateTimeStyles.None, out var local);
        time = isTime ? FromLocal(local) : default;
        return isTime;
    }

    private Instant FromLocal(DateTime local) =>
        column.Zone is { } zone ? zone.FirstInstantOf(local) : new DateTimeOffset(local.Ticks, TimeSpan.Zero);

    private static bool HasOffset(ReadOnlySpan<byte> iso) => iso.Length > 10 && iso[10..].IndexOfAny("Zz+-"u8) >= 0;

    private static string Shown(ReadOnlySpan<byte> bytes) =>
        Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, LengthMax)]);
}
