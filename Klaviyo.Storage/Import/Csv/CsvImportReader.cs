namespace Klaviyo.Storage.Import;

/// <summary>Reads rows, the first of which may name the columns.</summary>
/// <remarks>
/// A line whose quotes make no sense is refused alone and reading goes on with the next: otherwise one stray quote
/// would take everything up to the next one with it.
/// </remarks>
internal sealed class CsvImportReader(ImportInput input, CsvRules rules, bool backfill) : ImportReader(input)
{
    // A quoted field ends somewhere; what has not ended by then began with a stray quote.
    private const int RowBytesMax = 4 << 20;

    private static readonly string TooLong = $"A row is longer than {RowBytesMax >> 20} MiB, or a quote is not closed.";

    private readonly CsvRow _row = new(rules.Delimiter);
    private CsvPlan? _plan = rules.Header is { } names ? new CsvPlan(rules, names, backfill) : null;
    private int _columns = rules.Header?.Count ?? 0;
    private bool _passesOver;
    private long _line = 1;

    protected override void Take(ImportBatch batch)
    {
        while (!batch.IsFull)
        {
            var scan = _passesOver ? CsvScan.Incomplete : _row.Scan(Input.UnreadMemory, Input.IsComplete);
            if (scan == CsvScan.Incomplete)
            {
                if (!TryPassOver(batch))
                {
                    return;
                }

                continue;
            }

            var text = Input.Unread[.._row.Length].TrimEnd("\r\n"u8);
            if (scan == CsvScan.Malformed)
            {
                Refuse(batch, "", _row.Reason, text);
            }
            else if (scan == CsvScan.Row)
            {
                TakeRow(batch, text);
            }

            Pass(_row.Length);
        }
    }

    private void TakeRow(ImportBatch batch, ReadOnlySpan<byte> text)
    {
        if (_plan is null)
        {
            Bind();
        }
        else if (_row.Count != _columns)
        {
            Refuse(batch, "", $"The row has {_row.Count} fields, the header {_columns}.", text);
        }
        else if (_plan.Skips(_row))
        {
            batch.Add(new ImportItem(_line, null, null, EndsRecord: true), text);
        }
        else if (_plan.TryMakeWrite(_row, out var write) && IsWithinLimits(write, text.Length))
        {
            batch.Add(new ImportItem(_line, write, null, EndsRecord: true), text);
        }
        else
        {
            Refuse(batch, _plan.Refusal.Field, _plan.Refusal.Reason, text);
        }
    }

    private void Bind()
    {
        var names = new string[_row.Count];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = _row.Text(i)?.Trim() ?? "";
        }

        _columns = names.Length;
        _plan = new CsvPlan(rules, names, backfill);
    }

    private bool IsWithinLimits(CustomerWrite write, int bytes)
    {
        return (bytes <= EventLimits.StringBytesMax && EventLimits.AreCountsKept(write))
            || EventLimits.Check(write) is not { } broken
            || _plan!.Refusal.Set(broken.Field, broken.Reason);
    }

    // Called when a row has no end: more must be read, unless it is too long already. Then its first line is refused.
    private bool TryPassOver(ImportBatch batch)
    {
        var unread = Input.Unread;
        if (unread.IsEmpty || (!_passesOver && unread.Length < RowBytesMax))
        {
            return false;
        }

        var end = unread.IndexOf((byte)'\n') + 1;
        var first = end > 0 ? unread[..end] : unread;
        if (!_passesOver)
        {
            Refuse(batch, "", TooLong, first.TrimEnd("\r\n"u8));
        }

        _passesOver = end == 0;
        Pass(first.Length);
        return end > 0;
    }

    private void Refuse(ImportBatch batch, string field, string reason, ReadOnlySpan<byte> text) =>
        batch.Refuse(new Rejection(_line, field, reason), text);

    private void Pass(int bytes)
    {
        _line += Input.Unread[..bytes].Count((byte)'\n');
        Input.Advance(bytes);
    }
}
