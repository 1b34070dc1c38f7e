namespace Klaviyo;

// All that a profile said about a channel up to T. A suppression says nothing about what the profile wants: the status under
// it stands.
internal sealed class ConsentWords
{
    private readonly IReadOnlyList<Consent> _words;

    internal ConsentWords(string channel, bool underSuppression, in EvaluationContext context)
    {
        Channel = channel;
        _words = context.History.Consents(channel, context.At);
        Standing = underSuppression ? _words.LastOrDefault(w => w.Status != ConsentStatus.Suppressed) : Last;
    }

    internal string Channel { get; }

    // The word whose status, date and method are asked for.
    internal Consent? Standing { get; }

    internal Consent? Last => _words.Count > 0 ? _words[^1] : null;

    internal ConsentStatus Status => Standing?.Status ?? ConsentStatus.NeverSubscribed;

    internal ConsentStatus LastStatus => Last?.Status ?? ConsentStatus.NeverSubscribed;

    // By e-mail, and with what is no marketing, a profile can be reached until it declines.
    internal static bool ReachesWithoutAWord(string channel) =>
        channel == "email" || channel.EndsWith("_transactional", StringComparison.Ordinal);

    internal Instant? SuppressedBy(string[] methods)
    {
        for (var i = _words.Count - 1; i >= 0 && _words[i].Status != ConsentStatus.Subscribed; i--)
        {
            if (_words[i].Status == ConsentStatus.Suppressed && methods.Contains(_words[i].Method, StringComparer.OrdinalIgnoreCase))
            {
                return _words[i].Time;
            }
        }

        return null;
    }

    internal bool Pass(ValueList<ConsentFilter> filters, in EvaluationContext context)
    {
        foreach (var filter in filters.AsSpan())
        {
            if (!filter.Passes(this, context))
            {
                return false;
            }
        }

        return true;
    }

    internal Instant? NextBoundary(ValueList<ConsentFilter> filters, in EvaluationContext context)
    {
        var next = context.History.ConsentBoundary(Channel, context.At);
        foreach (var filter in filters.AsSpan())
        {
            next = Boundary.Earlier(next, filter.NextBoundary(this, context));
        }

        return next;
    }
}
