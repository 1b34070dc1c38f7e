namespace Klaviyo.Storage.Import;

/// <summary>Cuts a stream of JSON into documents, and leaves their meaning to a parser.</summary>
/// <remarks>
/// A line is a document: so one that is damaged is refused alone. A stream that begins with an array, or with an object
/// that is written over several lines, is cut by its brackets instead, the elements of an outermost array one by one,
/// so that it may be larger than memory; there, a bracket that is missing takes the rest with it, unless the next line is a
/// document by itself: then it is damaged alone, and the rest is lines.
/// </remarks>
internal sealed class JsonImportReader(ImportInput input, MessageParser parser) : ImportReader(input)
{
    private const string TooLong = "A line or document is longer than 64 MiB.";
    private const string NotClosed = "Not valid JSON: a bracket or string is not closed, what follows cannot be read.";

    private const string NotClosedLine = "Not valid JSON: a bracket or string is not closed.";

    private readonly JsonCutter _cutter = new();
    private JsonShape _shape;
    private bool _passesOver;
    private long _line = 1;

    protected override void Take(ImportBatch batch)
    {
        if (_shape == JsonShape.Unknown)
        {
            _shape = JsonCutter.ShapeOf(Input.Unread, Input.IsComplete);
        }

        if (_shape == JsonShape.Lines)
        {
            TakeLines(batch);
        }
        else if (_shape == JsonShape.Values)
        {
            TakeValues(batch);
        }
    }

    private void TakeLines(ImportBatch batch)
    {
        while (!batch.IsFull)
        {
            var unread = Input.Unread;
            var end = unread.IndexOf((byte)'\n');
            if (end < 0 && (!Input.IsComplete || unread.IsEmpty))
            {
                PassOverIfTooLong(batch);
                return;
            }

            TakeLine(end < 0 ? unread : unread[..end], batch);
            Input.Advance(end < 0 ? unread.Length : end + 1);
            _line++;
        }
    }

    private void TakeLine(ReadOnlySpan<byte> line, ImportBatch batch)
    {
        // The end of a line that was refused for its length.
        if (_passesOver)
        {
            _passesOver = false;
            return;
        }

        var text = line.Trim(" \t\r"u8);
        if (!text.IsEmpty)
        {
            parser.Parse(new JsonInput(text, _line), batch);
        }
    }

    private void PassOverIfTooLong(ImportBatch batch)
    {
        var unread = Input.Unread;
        if (!_passesOver && unread.Length >= DocumentBytesMax)
        {
            batch.Refuse(new Rejection(_line, "", TooLong), unread);
            _passesOver = true;
        }

        if (_passesOver)
        {
            Input.Advance(unread.Length);
        }
    }

    private void TakeValues(ImportBatch batch)
    {
        while (!batch.IsFull && !_passesOver)
        {
            var (start, length) = _cutter.Next(Input.Unread, Input.IsComplete);
            Pass(start);
            if (length <= 0)
            {
                break;
            }

            parser.Parse(new JsonInput(Input.Unread[..length], _line), batch);
            Pass(length);
        }

        if (!batch.IsFull)
        {
            GiveUpIfNotClosed(batch);
        }
    }

    // Called with what has a beginning and no end.
    private void GiveUpIfNotClosed(ImportBatch batch)
    {
        var unread = Input.Unread;
        var isTooLong = unread.Length >= DocumentBytesMax;
        if (!_passesOver && (isTooLong || (Input.IsComplete && !unread.IsEmpty)))
        {
            var damaged = JsonCutter.DamagedLine(unread);
            if (damaged > 0)
            {
                batch.Refuse(new Rejection(_line, "", NotClosedLine), unread[..damaged].TrimEnd("\r\n"u8));
                Pass(damaged);
                _shape = JsonShape.Lines;
                TakeLines(batch);
                return;
            }

            batch.Refuse(new Rejection(_line, "", isTooLong ? TooLong : NotClosed), unread);
            _passesOver = true;
        }

        if (_passesOver)
        {
            Input.Advance(unread.Length);
        }
    }

    private void Pass(int bytes)
    {
        _line += Input.Unread[..bytes].Count((byte)'\n');
        Input.Advance(bytes);
    }
}
