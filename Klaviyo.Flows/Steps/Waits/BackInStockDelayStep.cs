namespace Klaviyo;

/// <summary>Waits until the product that started the run is there again.</summary>
/// <remarks>
/// That it is there again is an event of the profile, of the metric <see cref="Metric"/>, which the host tracks for those who wait.
/// Where the event that started the run has a <c>VariantId</c>, the other must have the same; else the same <c>ProductId</c>; with
/// neither any counts. It counts from when the run came onto the step. There is no end to the wait.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record BackInStockDelayStep : LinearStep
{
    /// <summary>The metric of products that are there again.</summary>
    public const string Metric = "Back in Stock";

    private static readonly string[] Keys = ["VariantId", "ProductId"];

    /// <inheritdoc/>
    public override string Type => "back-in-stock-delay";

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context)
    {
        var product = context.Facts.Trigger?.Properties ?? [];
        var key = Array.Find(Keys, name => !product[name].IsNull);
        var due = Instant.MaxValue;
        foreach (var row in context.Facts.History.Events(Metric, new TimeRange(context.Arrived, Instant.MaxValue)).ToArray())
        {
            if (key is not null && context.Facts.History.EventProperty(row.Id, key) != product[key])
            {
                continue;
            }

            if (row.Time <= context.At)
            {
                return Decision.Branch(0);
            }

            due = row.Time < due ? row.Time : due;
        }

        return Decision.Await(due);
    }
}
