namespace Klaviyo.Bench.Crash;

/// <summary>Compares a store with the scripts that were written to it.</summary>
internal static class CrashCheck
{
    private static readonly TimeSpan Window = TimeSpan.FromDays(30);
    private static readonly Instant EndOfTime = CrashScript.Start.Plus(TimeSpan.FromDays(3650));

    // In the middle of the late ones, at the last of the timely ones, and when the future has come.
    private static readonly Instant[] Instants =
        [CrashScript.Start.Plus(TimeSpan.FromDays(45)), CrashScript.Start.Plus(TimeSpan.FromDays(91)), EndOfTime];

    /// <summary>Finds how many steps of each script the store holds, and whether all its answers follow from them.</summary>
    /// <param name="database">The store.</param>
    /// <param name="scripts">What was written to it, each script in order.</param>
    /// <param name="acknowledged">How many steps of each must be there at least.</param>
    internal static async Task<CrashFinding> FindAsync(
        CustomerDatabase database, IReadOnlyList<CrashScript> scripts, IReadOnlyList<int> acknowledged)
    {
        var steps = ShownSteps(database, scripts.Count);
        var model = CrashModel.Of(scripts.Select((script, i) => (script, steps[i])));
        TakeDeeds(database, scripts, acknowledged, steps, model);
        string? problem = null;
        for (var i = 0; i < scripts.Count; i++)
        {
            problem ??= steps[i] < acknowledged[i]
                ? $"writer {i}: {acknowledged[i]} steps were acknowledged, {steps[i]} are there"
                : null;
        }

        problem ??= Answers(database, model);
        problem ??= await CrashSegment.FindProblemAsync(database, model);
        problem ??= (await database.VerifyAsync()).Problem;
        return new CrashFinding(steps, database.Stats().Events, problem) { Model = model };
    }

    /// <summary>Compares every answer with the model's.</summary>
    /// <returns>The first difference; null where there is none.</returns>
    internal static string? Answers(CustomerDatabase database, CrashModel model)
    {
        var stats = database.Stats();
        var (profiles, events) = (model.Profiles.Count(), model.Profiles.Sum(p => p.EventCount));
        if (stats.Profiles != profiles || stats.Events != events)
        {
            return $"{stats.Profiles} profiles and {stats.Events} events instead of {profiles} and {events}";
        }

        if (stats.Erased != model.Erasures)
        {
            return $"{stats.Erased} erased instead of {model.Erasures}";
        }

        return (from identifier in model.Identifiers
                from at in Instants
                select Profile(database, model[identifier], identifier, at)).FirstOrDefault(problem => problem is not null)
            ?? CrashScript.Metrics.Select(metric => Series(database, model, metric) ?? ByCity(database, model, metric))
                .FirstOrDefault(p => p is not null)
            ?? model.Suppressed.Where(s => database.Profile(s, EndOfTime) is not null).Select(s => $"{s} was erased, and is there").FirstOrDefault();
    }

    // A step that is there shows by its marker, unless who did it was erased; but one before each deed always does. A hole, or
    // half a batch, is what the model has and the store has not.
    private static int[] ShownSteps(CustomerDatabase database, int writers)
    {
        var steps = new int[writers];
        foreach (var properties in database.Profiles(EndOfTime)
            .SelectMany(p => database.Events($"id:{p.Id}", asOf: EndOfTime).Events)
            .Select(e => e.Properties))
        {
            ref var shown = ref steps[(int)properties[CrashScript.WriterProperty].AsNumber()];
            shown = Math.Max(shown, (int)properties[CrashScript.StepProperty].AsNumber() + 1);
        }

        return steps;
    }

    // A deed has no marker: it shows by what it did.
    private static void TakeDeeds(
        CustomerDatabase database, IReadOnlyList<CrashScript> scripts, IReadOnlyList<int> acknowledged, int[] steps, CrashModel model)
    {
        for (var i = 0; i < steps.Length; i++)
        {
            if (scripts[i].Step(steps[i]) is { Deed: { } deed } step
                && (model.Changes(deed) ? deed.IsDone(database, EndOfTime) : acknowledged[i] > steps[i]))
            {
                model.Apply(step);
                steps[i]++;
            }
        }
    }

    private static string? Profile(CustomerDatabase database, ModelProfile expected, Identifier identifier, Instant at)
    {
        var profile = database.Profile(identifier, at);
        var plan = profile?.Properties["plan"] ?? PropertyValue.Null;
        var isVip = profile?.Lists.ContainsKey("vip") ?? false;
        if (plan != expected.Plan(at) || isVip != expected.IsVip(at))
        {
            return $"{identifier} at {at}: plan {plan}, vip {isVip} instead of {expected.Plan(at)}, {expected.IsVip(at)}";
        }

        return CrashScript.Metrics
            .Select(metric => Metric(database, expected.Events(metric, at), identifier, metric, at))
            .FirstOrDefault(problem => problem is not null);
    }

    private static string? Metric(
        CustomerDatabase database, List<CustomerEvent> expected, Identifier identifier, string metric, Instant at)
    {
        var events = database.Events(identifier, new EventQuery { Metric = metric }, at).Events;
        if (!events.Select(e => (e.Time, e.Value, e.UniqueId)).SequenceEqual(expected.Select(e => (e.Time!.Value, e.Value, e.UniqueId))))
        {
            return $"{identifier} at {at}: other events of {metric}: {events.Count} instead of {expected.Count}";
        }

        var inWindow = expected.FindAll(e => e.Time > at.PlusMs(-(long)Window.TotalMilliseconds));
        return Aggregate(database, expected, identifier, new AggregateQuery { Metric = metric }, at)
            ?? Aggregate(database, inWindow, identifier, new AggregateQuery { Metric = metric, Window = LastDays }, at)
            ?? Aggregate(database, expected.FindAll(e => e.Properties["city"] == "Paris"), identifier, Filtered(metric), at);
    }

    private static RelativeDateFilter LastDays { get; } = new(RelativeDateOperator.InTheLast, (int)Window.TotalDays, TimeUnit.Day);

    private static AggregateQuery Filtered(string metric) =>
        new() { Metric = metric, Where = [new PropertyFilter("city", new StringFilter(StringOperator.EqualTo, "Paris"))] };

    private static string? Aggregate(
        CustomerDatabase database, List<CustomerEvent> events, Identifier identifier, AggregateQuery query, Instant at)
    {
        query = query with { Measures = ["count", "sum", "min", "max", "first", "last"] };
        var values = events.Where(e => e.Value is not null).Select(e => e.Value!.Value).ToList();
        PropertyValue[] expected =
        [
            events.Count,
            values.Sum(),
            values.Count == 0 ? PropertyValue.Null : values.Min(),
            values.Count == 0 ? PropertyValue.Null : values.Max(),
            values.Count == 0 ? PropertyValue.Null : values[0],
            values.Count == 0 ? PropertyValue.Null : values[^1],
        ];
        var actual = database.Aggregate(identifier, query, at).Values;
        return actual.SequenceEqual(expected)
            ? null
            : $"{identifier} at {at}: {query.Metric} {query.Window} [{string.Join(' ', actual)}] instead of [{string.Join(' ', expected)}]";
    }

    private static string? Series(CustomerDatabase database, CrashModel model, string metric)
    {
        var expected = model.Profiles
            .SelectMany(p => p.Events(metric, EndOfTime))
            .GroupBy(e => e.Time!.Value.ToDateTimeOffset() is var t ? new DateTime(t.Year, t.Month, 1, 0, 0, 0, DateTimeKind.Utc) : default)
            .Select(g => new MetricSeriesRow(new DateTimeOffset(g.Key), g.Count(), g.Sum(e => e.Value ?? 0)))
            .OrderBy(r => r.Start);
        var actual = database.MetricSeries(metric, TimeUnit.Month, EndOfTime).Where(r => r.Count > 0);
        return actual.SequenceEqual(expected) ? null : $"the series of {metric} is another";
    }

    private static string? ByCity(CustomerDatabase database, CrashModel model, string metric)
    {
        var expected = from profile in model.Profiles
                       from sent in profile.Events(metric, EndOfTime)
                       group (profile, sent) by sent.Properties["city"] into city
                       select (city.Key, city.Count(), city.Sum(e => e.sent.Value ?? 0), city.Select(e => e.profile).Distinct().Count());
        var query = new ReportQuery { Metric = metric, Measures = [ReportMeasure.Count, ReportMeasure.Sum, ReportMeasure.Unique], By = ["city"] };
        var actual = from row in database.Report(query, EndOfTime).Rows
                     select (row.Dimensions[0], (int)row.Numbers[0][0], row.Numbers[1][0], (int)row.Numbers[2][0]);
        return expected.ToHashSet().SetEquals(actual) ? null : $"the report of {metric} by city is another";
    }
}
