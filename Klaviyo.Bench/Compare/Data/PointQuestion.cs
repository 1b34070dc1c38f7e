namespace Klaviyo.Bench.Compare.Data;

/// <summary>Count and sum of one metric of one profile in the last 30 days, of all cities or of one.</summary>
internal readonly record struct PointQuestion(int Profile, int Metric, bool OnlyParis)
{
    internal const int Days = 30;

    /// <summary>Gets the first millisecond of the window: the event that is exactly 30 days old is outside.</summary>
    internal static long FromMs => SampleEvents.AsOfMs - (Days * 24L * 3600 * 1000) + 1;

    internal static PointQuestion[] Some(SampleEvents events, int count, bool onlyParis)
    {
        var questions = new PointQuestion[count];
        for (var i = 0; i < count; i++)
        {
            // The metric is that of an event, so that frequent ones are asked for often; the profile is any.
            var dice = new Dice(long.MaxValue - i);
            var metric = events.History((long)(dice.Share() * events.Count)).Metric;
            questions[i] = new PointQuestion(dice.Below(events.Profiles), metric, onlyParis);
        }

        return questions;
    }

    internal bool Counts(in SampleEvent e) => e.Profile == Profile && e.Metric == Metric
        && e.TimeMs >= FromMs && e.TimeMs <= SampleEvents.AsOfMs && (!OnlyParis || e.City == SampleEvents.Paris);
}
