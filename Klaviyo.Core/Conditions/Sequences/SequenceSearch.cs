namespace Klaviyo;

// Looks for events that follow one another as the steps of a sequence say.
//
// For each step that happened the events are found at which a way through the steps so far may end, each with the one before
// it. Of the events before, the latest is tried first: mostly it is the best one, and often the only one that has to be tried.
// Where a step counts its time from the first event, that is done for each first event by itself.
internal sealed class SequenceSearch
{
    private readonly SequenceCondition _sequence;
    private readonly EvaluationContext _context;
    private readonly SequenceStep[] _steps;
    private readonly int _first;
    private EventRow[][] _rows;

    internal SequenceSearch(SequenceCondition sequence, in EvaluationContext context)
    {
        _sequence = sequence;
        _context = context;
        _steps = [.. sequence.Steps];
        _first = sequence.Steps.AsSpan().FirstHappened();
        _rows = [];
    }

    // The events of the way that was found, or of the longest one that was not finished.
    internal EventRow[] Best { get; private set; } = [];

    internal bool Find()
    {
        var rows = new EventRow[_steps.Length][];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = _steps[i].Selection.Rows(_context, TimeRange.All).ToArray();
        }

        if (_sequence.Key is not { } key)
        {
            return FindIn(rows);
        }

        foreach (var group in ByKey(rows, key))
        {
            if (FindIn(group))
            {
                return true;
            }
        }

        return false;
    }

    // The events of each value of the key that one of the first step has; where no step happened, all with any key.
    private List<EventRow[][]> ByKey(EventRow[][] rows, PropertyPath key)
    {
        var keys = new PropertyValue[rows.Length][];
        for (var i = 0; i < rows.Length; i++)
        {
            var path = _steps[i].Key ?? key;
            keys[i] = Array.ConvertAll(rows[i], row => path.Of(_context.History, row));
        }

        if (_first == rows.Length)
        {
            return [Select(rows, keys, k => !k.IsNull)];
        }

        return [.. keys[_first].Where(k => !k.IsNull).Distinct().Select(k => Select(rows, keys, k.Equals))];
    }

    private static EventRow[][] Select(EventRow[][] rows, PropertyValue[][] keys, Func<PropertyValue, bool> selects) =>
        [.. rows.Select((of, i) => of.Where((_, j) => selects(keys[i][j])).ToArray())];

    private bool FindIn(EventRow[][] rows)
    {
        _rows = rows;
        if (_first == rows.Length)
        {
            return rows.All(of => !of.Any(row => _sequence.Window.Matches(row.Time, _context)));
        }

        var starts = rows[_first].Where(Begins).Select(row => new Way(row, null)).ToList();
        if (!_steps.Any(s => s is { Within: not null, Anchor: SequenceAnchor.First }))
        {
            return FindFrom(starts, default);
        }

        foreach (var start in starts)
        {
            if (FindFrom([start], start.Row.Time))
            {
                return true;
            }
        }

        return false;
    }

    private bool Begins(EventRow row)
    {
        if (!_sequence.Window.Matches(row.Time, _context))
        {
            return false;
        }

        for (var i = 0; i < _first; i++)
        {
            if (_rows[i].Any(before => IsBefore(before, row) && _sequence.Window.Matches(before.Time, _context)))
            {
                return false;
            }
        }

        return true;
    }

    private bool FindFrom(List<Way> ways, Instant first)
    {
        var last = _first;
        for (var i = _first + 1; i < _steps.Length; i++)
        {
            if (_steps[i].Happened)
            {
                Keep(ways);
                ways = Follow(ways, last, i, first);
                last = i;
            }
        }

        Keep(ways);
        for (var i = ways.Count - 1; i >= 0; i--)
        {
            if (Ends(ways[i].Row, last, first))
            {
                Best = ways[i].Events();
                return true;
            }
        }

        return false;
    }

    // The events of a step that follow one of the events of the step before.
    private List<Way> Follow(List<Way> ways, int from, int to, Instant first)
    {
        var followed = new List<Way>();
        var before = 0;
        foreach (var row in _rows[to])
        {
            while (before < ways.Count && IsBefore(ways[before].Row, row))
            {
                before++;
            }

            if (LastThatLeadsTo(row, ways, before, from, to, first) is { } way)
            {
                followed.Add(new Way(row, way));
            }
        }

        return followed;
    }

    private Way? LastThatLeadsTo(EventRow row, List<Way> ways, int count, int from, int to, Instant first)
    {
        for (var i = count - 1; i >= 0; i--)
        {
            var start = ways[i].Row;
            if (Deadline(_steps[to], start, first) is { } deadline && row.Time > deadline)
            {
                // What lies further back is too early, too; with steps of the calendar not always.
                if (_steps[to].Within!.Value.IsFixed)
                {
                    return null;
                }

                continue;
            }

            var obstacle = Between(start, row, from, to, first);
            if (obstacle is null)
            {
                return ways[i];
            }

            if (obstacle.Within is null)
            {
                // What lies further back has it in between, too.
                return null;
            }
        }

        return null;
    }

    // The step of which something happened between two events, where it may not.
    private SequenceStep? Between(EventRow start, EventRow end, int from, int to, Instant first)
    {
        for (var i = from + 1; i < to; i++)
        {
            if (FirstAfter(_rows[i], start) is { } row
                && IsBefore(row, end)
                && (Deadline(_steps[i], start, first) is not { } deadline || row.Time <= deadline))
            {
                return _steps[i];
            }
        }

        return null;
    }

    private bool Ends(EventRow last, int from, Instant first)
    {
        for (var i = from + 1; i < _steps.Length; i++)
        {
            var deadline = Deadline(_steps[i], last, first);
            if (deadline > _context.At
                || (FirstAfter(_rows[i], last) is { } row && (deadline is null || row.Time <= deadline)))
            {
                return false;
            }
        }

        return true;
    }

    private Instant? Deadline(SequenceStep step, EventRow previous, Instant first) =>
        step.Within?.From(step.Anchor == SequenceAnchor.First ? first : previous.Time, _context.Zone);

    private void Keep(List<Way> ways)
    {
        if (ways.Count > 0 && ways[^1].Length > Best.Length)
        {
            Best = ways[^1].Events();
        }
    }

    private static EventRow? FirstAfter(EventRow[] rows, EventRow row)
    {
        var (low, high) = (0, rows.Length);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = IsBefore(row, rows[middle]) ? (low, middle) : (middle + 1, high);
        }

        return low < rows.Length ? rows[low] : null;
    }

    private static bool IsBefore(EventRow row, EventRow other) =>
        row.Time < other.Time || (row.Time == other.Time && row.Id.Value < other.Id.Value);

    // An event and how it was reached.
    private sealed class Way(EventRow row, Way? before)
    {
        internal EventRow Row { get; } = row;

        internal int Length { get; } = (before?.Length ?? 0) + 1;

        internal EventRow[] Events()
        {
            var events = new EventRow[Length];
            var way = this;
            for (var i = Length - 1; way is not null; i--)
            {
                events[i] = way.Row;
                way = way.Before;
            }

            return events;
        }

        private Way? Before { get; } = before;
    }
}
