namespace Klaviyo.Bench.Compare.Data;

/// <summary>The right answers, from walking over the events once with nothing but a dictionary.</summary>
internal static class Oracle
{
    internal static Totals[] Answers(SampleEvents events, PointQuestion[] questions)
    {
        var asked = questions.Index().ToLookup(q => (q.Item.Profile, q.Item.Metric));
        var answers = new Totals[questions.Length];
        for (var i = 0L; i < events.Count; i++)
        {
            var sample = events.History(i);
            foreach (var (index, question) in asked[(sample.Profile, sample.Metric)])
            {
                if (question.Counts(sample))
                {
                    answers[index] = answers[index].Plus(sample.Value);
                }
            }
        }

        return answers;
    }
}
