namespace Klaviyo.Tests.Support;

// Random histories and definitions whose instants all lie on a grid: multiples of a tick, give or take a millisecond.
// Every instant at which an answer can flip then lies on the grid too, so that an oracle may walk it.
internal sealed class RandomSegments(int seed, Instant origin, long tickMs, int ticks, TimeUnit[] units, int quantityMax)
{
    private static readonly string[] Metrics = ["Viewed", "Ordered"];
    private static readonly string[] Names = ["plan", "score", "renews", "tags"];
    private static readonly GeoPoint Zurich = new(47.37, 8.54);
    private static readonly PostalCodeTable Codes = PostalCodeTable.FromGeoNames(
        ["CH\t8001\tZürich\t\t\t\t\t\t\t47.37\t8.54\t4", "FR\t75001\tParis\t\t\t\t\t\t\t48.86\t2.33\t4"]);
    private readonly Random _random = new(seed);

    internal ListHistory History() => History(_random.Next(1000));

    private ListHistory History(long id)
    {
        var history = new ListHistory(id);
        for (var i = _random.Next(12); i > 0; i--)
        {
            history.Did(Pick(Metrics), Time(), _random.Next(4) == 0 ? double.NaN : _random.Next(-2, 6), EventProperties());
        }

        for (var i = _random.Next(6); i > 0; i--)
        {
            history.Has(Pick(Names), Value(), Time());
        }

        for (var i = _random.Next(4); i > 0; i--)
        {
            _ = _random.Next(2) == 0 ? history.Joined("vip", Time()) : history.Left("vip", Time());
        }

        for (var i = _random.Next(4); i > 0; i--)
        {
            history.Said("email", (ConsentStatus)_random.Next(4), Time(), Pick(["form", "form:a", "bounce", "invalid_email", ""]));
        }

        for (var i = _random.Next(3); i > 0; i--)
        {
            history.Has("location", Location(), Time());
            history.Has("subscriptions", Subscriptions(), Time());
        }

        return history;
    }

    private PropertyMap Location()
    {
        return new PropertyMap
        {
            ["country"] = Pick<PropertyValue>(["CH", "France", "US", "Atlantis", default]),
            ["zip"] = Pick<PropertyValue>(["8001", "75001", 8001, default]),
            ["latitude"] = Pick<PropertyValue>([47.4, "48.86", 91, default, default]),
            ["longitude"] = Pick<PropertyValue>([8.5, "2.33", "east", default, default]),
        };
    }

    private PropertyMap Subscriptions()
    {
        var marketing = new PropertyMap { ["double_optin"] = Pick<PropertyValue>([true, false, "true"]), ["custom_method_detail"] = Value() };
        return new PropertyMap { ["email"] = new PropertyMap { ["marketing"] = marketing } };
    }

    // A profile that belongs to objects, each with a history of its own; ids stay apart, because objects are told by them.
    internal ListHistory HistoryWithObjects()
    {
        var history = History();
        for (var i = 0; i < 3; i++)
        {
            var to = History(10_000 + i);
            for (var j = _random.Next(3); j > 0; j--)
            {
                history.Belongs(Pick(["member", "owner"]), Pick(["account", "store"]), to, Time(), _random.Next(2) == 0 ? null : Time());
            }
        }

        return history;
    }

    internal RelatedObjectsCondition Related()
    {
        return new RelatedObjectsCondition
        {
            ObjectType = "account",
            Relation = Pick([null, "member"]),
            Quantifier = (Quantifier)_random.Next(4),
            Where = _random.Next(2) == 0 ? new ProfilePropertyCondition(Pick(Names), Filter()) : Metric(),
        };
    }

    internal CustomObjectCondition CustomObject()
    {
        return new CustomObjectCondition
        {
            ObjectType = "account",
            Relation = "member",
            Amount = new NumberFilter((NumberOperator)_random.Next(6), _random.Next(3)),
            Filters = _random.Next(2) == 0 ? [] : [new PropertyFilter(Pick(Names), Filter())],
        };
    }

    internal Condition Place()
    {
        return _random.Next(3) switch
        {
            0 => new ProfileRegionCondition(_random.Next(2) == 0, (Region)_random.Next(2)),
            1 => new PostalCodeDistanceCondition
            {
                CountryCode = "CH",
                PostalCode = "8001",
                Distance = new NumberFilter((NumberOperator)_random.Next(6), Pick([0, 5, 400, 1000])),
                PostalCodes = _random.Next(5) == 0 ? null : Codes,
            },
            _ => new GeoCondition(_random.Next(2) == 0
                ? new GeoCircle(Zurich, _random.Next(600), DistanceUnit.Kilometers)
                : new GeoBox(new GeoPoint(45, Pick([0, 100])), new GeoPoint(48, 9))),
        };
    }

    internal Condition Consent()
    {
        return _random.Next(2) == 0
            ? Marketing()
            : new ProfilePermissionsCondition { Channel = "email", Reach = (Reach)_random.Next(6), Filters = ConsentFilters() };
    }

    internal MetricFunnelCondition Funnel()
    {
        var steps = new List<SequenceStep>();
        for (var i = 1 + _random.Next(3); i > 0; i--)
        {
            steps.Add(new SequenceStep { Metric = Pick(Metrics), Happened = _random.Next(3) > 0, Where = Where() });
        }

        return new MetricFunnelCondition
        {
            Steps = ValueList.Of(steps),
            Window = Date(),
            Completion = _random.Next(2) == 0 ? null : new TimeStep(Quantity(), Pick(units)),
        };
    }

    internal HasBeenCondition HasBeen() =>
        new(Pick(Names), Filter(), _random.Next(2) == 0, new TimeStep(Quantity(), Pick(units)));

    // Every kind that a segment may have, at every depth.
    internal Condition AnyKind(int depth = 2)
    {
        return _random.Next(depth > 0 ? 16 : 10) switch
        {
            0 => Place(),
            1 => Consent(),
            2 => Funnel(),
            3 => CustomObject(),
            4 => new RandomSampleCondition(_random.Next(101), "salt"),
            5 => Related(),
            6 => new GroupMembershipCondition(_random.Next(2) == 0, ["vip", "news"], _random.Next(2) == 0 ? null : Date()),
            7 => HasBeen(),
            8 or 9 => Condition(0),
            10 => new AndCondition([.. Parts(depth)]),
            11 => new OrCondition([.. Parts(depth)]),
            12 => new GroupsCondition([new OrCondition([.. Parts(depth)]), new OrCondition([.. Parts(depth)])]),
            _ => new NotCondition(AnyKind(depth - 1)),
        };
    }

    private Condition[] Parts(int depth)
    {
        var parts = new Condition[_random.Next(4)];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = AnyKind(depth - 1);
        }

        return parts;
    }

    internal Instant Time() => origin.PlusMs((_random.Next(ticks) * tickMs) + _random.Next(-1, 2));

    internal Condition Condition(int depth = 2)
    {
        return _random.Next(depth > 0 ? 17 : 14) switch
        {
            0 or 1 => new ProfilePropertyCondition(Pick(Names), Filter()),
            2 or 3 or 4 => Metric(),
            5 => new GroupMembershipCondition(_random.Next(2) == 0, ["vip"], _random.Next(2) == 0 ? null : Date()),
            6 => HasBeen(),
            7 => Last(),
            8 => Consent(),
            9 => Aggregate(),
            10 or 11 => Habit(),
            12 or 13 => Sequence(),
            14 => new AndCondition([Condition(depth - 1), Condition(depth - 1)]),
            15 => new OrCondition([Condition(depth - 1), Condition(depth - 1)]),
            _ => new NotCondition(Condition(depth - 1)),
        };
    }

    internal ProfileMetricCondition Metric()
    {
        return new ProfileMetricCondition
        {
            Metric = Pick(Metrics),
            Measure = Pick(["count", "count", "sum", "min", "max", "avg", "first", "last", "distinct", "sum:n", "distinct:kind", "count:n"]),
            Amount = new NumberFilter((NumberOperator)_random.Next(6), _random.Next(-1, 5)),
            Window = Date(),
            Where = Where(),
        };
    }

    internal AggregateCondition Aggregate()
    {
        return new AggregateCondition
        {
            Metric = Pick(Metrics),
            Measure = Pick(["first:due", "last:due", "last:kind", "first:n", "avg", "max:n", "distinct:kind"]),
            Filter = Filter(),
            Window = Date(),
            Where = Where(),
        };
    }

    internal MetricCondition Habit()
    {
        return _random.Next(4) switch
        {
            0 => new FirstTimeCondition { Metric = Pick(Metrics), Window = Date(), Where = Where() },
            1 => new RestartedCondition { Metric = Pick(Metrics), Window = Date(), Where = Where(), Gap = new(Quantity(), Pick(units)) },
            2 => new RegularlyCondition
            {
                Metric = Pick(Metrics),
                Where = Where(),
                Times = 1 + _random.Next(2),
                Quantity = 1 + _random.Next(3),
                Unit = Pick(units),
            },
            _ => new StoppedCondition
            {
                Metric = Pick(Metrics),
                Where = Where(),
                Times = 1 + _random.Next(2),
                Quantity = Quantity(),
                Unit = Pick(units),
                InEachOf = _random.Next(2) == 0 ? null : 1 + _random.Next(2),
            },
        };
    }

    internal SequenceCondition Sequence()
    {
        var steps = new List<SequenceStep>();
        for (var i = 1 + _random.Next(4); i > 0; i--)
        {
            var follows = steps.Exists(s => s.Happened);
            steps.Add(new SequenceStep
            {
                Metric = Pick(Metrics),
                Happened = _random.Next(3) > 0 || (i == 1 && !follows),
                Where = Where(),
                Within = follows && _random.Next(2) == 0 ? new TimeStep(Quantity(), Pick(units)) : null,
                Anchor = follows ? (SequenceAnchor)_random.Next(2) : SequenceAnchor.Previous,
            });
        }

        // The anchor of a step without a time says nothing, and has no place in JSON.
        return new SequenceCondition
        {
            Steps = ValueList.Of(steps.Select(s => s.Within is null ? s with { Anchor = SequenceAnchor.Previous } : s)),
            Window = Date(),
            Key = _random.Next(3) == 0 ? new PropertyPath("kind") : null,
        };
    }

    internal DateFilter Date()
    {
        return _random.Next(12) switch
        {
            0 or 1 or 2 => new RelativeDateFilter(RelativeDateOperator.InTheLast, Quantity(), Pick(units)),
            3 => new RelativeDateFilter(RelativeDateOperator.InTheNext, Quantity(), Pick(units)),
            4 => new RelativeDateFilter(RelativeDateOperator.AtLeast, Quantity(), Pick(units)),
            5 => new RelativeDateRangeFilter(Quantity(), Quantity(), Pick(units)),
            6 => new StaticDateFilter(_random.Next(2) == 0, Time()),
            7 => new StaticDateRangeFilter(Time(), Time()),
            8 => new AlltimeDateFilter(),
            9 => new CalendarUnitDateFilter(_random.Next(2) == 0, Pick([TimeUnit.Day, TimeUnit.Week, TimeUnit.Month])),
            10 => new AnniversaryDateFilter(_random.Next(2) == 0),
            _ => new RelativeAnniversaryDateFilter(_random.Next(2) == 0, Quantity(), Pick(units)),
        };
    }

    private MarketingConsentCondition Marketing()
    {
        return new MarketingConsentCondition
        {
            Channel = "email",
            CanReceiveMarketing = _random.Next(2) == 0,
            Subscription = Pick<ConsentStatus?>([null, ConsentStatus.Subscribed, ConsentStatus.Unsubscribed]),
            Filters = ConsentFilters(),
        };
    }

    private ValueList<ConsentFilter> ConsentFilters()
    {
        return _random.Next(5) switch
        {
            0 => [],
            1 => [new ConsentMethodFilter("form")],
            2 => [new ConsentMethodFilter("form", new StringFilter(StringOperator.EqualTo, "a"))],
            3 => [new ConsentDetailFilter(Pick([ConsentDetail.DoubleOptIn, ConsentDetail.CustomSource]), _random.Next(2) == 0 ? new BooleanFilter(true) : Filter())],
            _ => [new ConsentDateFilter((ConsentDate)_random.Next(6), _random.Next(4) == 0 ? new ExistenceFilter(_random.Next(2) == 0) : Date())],
        };
    }

    private LastMetricCondition Last() =>
        new() { Metric = Pick(Metrics), Window = Date(), Where = Where(), Filters = [new PropertyFilter(Pick(["kind", "due", "n"]), Filter())] };

    private ValueList<PropertyFilter> Where()
    {
        return _random.Next(6) switch
        {
            0 => [new PropertyFilter("kind", new StringFilter(StringOperator.EqualTo, "a"))],
            1 => [new PropertyFilter("due", Date())],
            2 => [new PropertyFilter("kind", null), new PropertyFilter("$value", new NumberFilter(NumberOperator.GreaterThan, 1))],
            _ => [],
        };
    }

    private ValueFilter Filter()
    {
        return _random.Next(6) switch
        {
            0 => new StringFilter(Pick([StringOperator.EqualTo, StringOperator.NotEqualTo]), Pick(["a", "b"])),
            1 => new NumberFilter((NumberOperator)_random.Next(6), _random.Next(4)),
            2 => new ExistenceFilter(_random.Next(2) == 0),
            _ => Date(),
        };
    }

    private PropertyValue Value()
    {
        return _random.Next(6) switch
        {
            0 => PropertyValue.Null,
            1 => Pick(["a", "b"]),
            2 => _random.Next(4),
            3 => Time().ToString(),
            _ => Time(),
        };
    }

    private PropertyMap EventProperties()
    {
        var properties = new PropertyMap { ["kind"] = Pick(["a", "b"]), ["n"] = Value() };
        if (_random.Next(2) == 0)
        {
            properties["due"] = Time();
        }

        return properties;
    }

    private int Quantity() => _random.Next(quantityMax + 1);

    private T Pick<T>(T[] items) => items[_random.Next(items.Length)];
}
