using System.Diagnostics;
using Klaviyo.Bench.Compare.Data;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare;

/// <summary>Compares answers with the right ones, before any time counts.</summary>
internal static class Checking
{
    private const int Questions = 100;
    private static readonly TimeSpan SamplesMax = TimeSpan.FromSeconds(5);

    /// <exception cref="WrongAnswerException">Another number of events is stored.</exception>
    internal static void Count(Subject subject, SampleEvents events, string when)
    {
        var count = subject.Count();
        if (count != events.Count)
        {
            throw new WrongAnswerException($"{subject.Name} holds {count} events {when}, not {events.Count}.");
        }
    }

    /// <summary>Asks some questions of both kinds.</summary>
    /// <exception cref="WrongAnswerException">An answer is wrong.</exception>
    internal static void Samples(Subject subject, SampleEvents events)
    {
        PointQuestion[] questions =
        [
            .. PointQuestion.Some(events, Questions, onlyParis: false),
            .. PointQuestion.Some(events, Questions, onlyParis: true),
        ];
        Point(subject, questions, events.Answers(questions), SamplesMax);
    }

    /// <summary>Asks the questions, until the time is over.</summary>
    /// <exception cref="WrongAnswerException">An answer is wrong.</exception>
    internal static void Point(Subject subject, PointQuestion[] questions, Totals[] answers, TimeSpan max)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < questions.Length && Stopwatch.GetElapsedTime(started) < max; i++)
        {
            var answer = subject.Point(questions[i]);
            if (!answer.Agrees(answers[i]))
            {
                throw new WrongAnswerException($"{subject.Name} says {answer} to {questions[i]}; {answers[i]} is right.");
            }
        }
    }

    /// <summary>Compares a report with that of ours, key by key.</summary>
    /// <exception cref="WrongAnswerException">They differ.</exception>
    internal static void Report(
        string name, IReadOnlyDictionary<string, Totals> ours, IReadOnlyDictionary<string, Totals> theirs)
    {
        foreach (var key in ours.Keys.Union(theirs.Keys))
        {
            if (!ours.GetValueOrDefault(key).Agrees(theirs.GetValueOrDefault(key)))
            {
                throw new WrongAnswerException(
                    $"{name} says {theirs.GetValueOrDefault(key)} for {key}, ours {ours.GetValueOrDefault(key)}.");
            }
        }
    }
}
