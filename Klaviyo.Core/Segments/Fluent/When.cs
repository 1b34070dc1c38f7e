namespace Klaviyo;

/// <summary>Conditions in C#, said as one says them.</summary>
/// <remarks>
/// <para>What these methods give are the same conditions that JSON gives, so they can be read, compared and written as such. They
/// are joined with <c>&amp;</c>, <c>|</c> and <c>!</c>.</para>
/// <para>What has no method here is made with its constructor.</para>
/// </remarks>
/// <example>
/// <code>
/// var vip = When.Property("location['city']").Is("New York")
///     &amp; When.Did("Placed Order").Where("Country").Is("US").Sum().MoreThan(1000).InTheLast(30, TimeUnit.Day)
///     &amp; !When.In("staff");
/// await database.DefineSegmentAsync("vip", new SegmentDefinition(vip));
/// </code>
/// </example>
/// <threadsafety>Stateless.</threadsafety>
public static class When
{
    /// <summary>A property of the profile: say next what it is.</summary>
    public static ValueTest<ProfilePropertyCondition> Property(PropertyPath property) =>
        new(filter => new ProfilePropertyCondition(property, filter));

    /// <summary>Did a metric once or more, ever; say next how often, how much and when.</summary>
    public static ProfileMetricCondition Did(string metric) =>
        new() { Metric = metric, Amount = new NumberFilter(NumberOperator.GreaterThanOrEqualTo, 1) };

    /// <summary>Never did a metric; say next when.</summary>
    public static ProfileMetricCondition DidNot(string metric) =>
        new() { Metric = metric, Amount = new NumberFilter(NumberOperator.EqualTo, 0) };

    /// <summary>Did a metric for the first time; say next when.</summary>
    public static FirstTimeCondition DidFirst(string metric) => new() { Metric = metric };

    /// <summary>The latest event of a metric; say next what it has.</summary>
    public static LastMetricCondition Latest(string metric) => new() { Metric = metric };

    /// <summary>Did a metric once or more in each of the last units.</summary>
    public static RegularlyCondition DidRegularly(string metric, int quantity, TimeUnit unit) =>
        new() { Metric = metric, Quantity = quantity, Unit = unit };

    /// <summary>Did a metric before, but not in the last units.</summary>
    public static StoppedCondition Stopped(string metric, int quantity, TimeUnit unit) =>
        new() { Metric = metric, Quantity = quantity, Unit = unit };

    /// <summary>Did a metric again after none for so long; say next when.</summary>
    public static RestartedCondition Restarted(string metric, int gap, TimeUnit unit) =>
        new() { Metric = metric, Gap = new TimeStep(gap, unit) };

    /// <summary>Did a metric, as the first step of a sequence; say next what came then.</summary>
    public static SequenceCondition First(string metric) => new() { Steps = [new SequenceStep { Metric = metric }] };

    /// <summary>Is on any of some lists or in any of some segments.</summary>
    public static GroupMembershipCondition In(params ReadOnlySpan<string> groups) => new(true, groups);

    /// <summary>Can be written to on a channel.</summary>
    public static MarketingConsentCondition CanReceive(string channel) => new() { Channel = channel, CanReceiveMarketing = true };

    /// <summary>Is in a region.</summary>
    public static ProfileRegionCondition InRegion(Region region) => new(true, region);

    /// <summary>Is no further from a place than so far.</summary>
    public static GeoCondition Near(GeoPoint place, double radius, DistanceUnit unit) => new(new GeoCircle(place, radius, unit));

    /// <summary>Any of the accounts or objects of a type that the profile is related to.</summary>
    public static RelatedObjectsCondition AnyOf(string objectType, Condition where) => Related(objectType, where, Quantifier.Any);

    /// <summary>All of the accounts or objects of a type that the profile is related to.</summary>
    public static RelatedObjectsCondition AllOf(string objectType, Condition where) => Related(objectType, where, Quantifier.All);

    /// <summary>None of the accounts or objects of a type that the profile is related to.</summary>
    public static RelatedObjectsCondition NoneOf(string objectType, Condition where) => Related(objectType, where, Quantifier.None);

    /// <summary>The number of accounts or objects of a type that the profile is related to; say next how many.</summary>
    public static NumberTest<RelatedObjectsCondition> CountOf(string objectType, Condition where) =>
        new(amount => Related(objectType, where, Quantifier.Count) with { Amount = amount });

    /// <summary>Begins a condition on a variable of the run. For flows only.</summary>
    public static ValueTest<RunVariableCondition> Variable(PropertyPath variable) =>
        new(filter => new RunVariableCondition(variable, filter));

    /// <summary>Is in a random sample.</summary>
    /// <param name="percentage">0 to 100.</param>
    /// <param name="salt">Another salt draws others.</param>
    public static RandomSampleCondition Sampled(double percentage, string salt) => new(percentage, salt);

    private static RelatedObjectsCondition Related(string objectType, Condition where, Quantifier quantifier) =>
        new() { ObjectType = objectType, Where = where, Quantifier = quantifier };
}
