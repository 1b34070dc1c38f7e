namespace Klaviyo.Bench.Compare.Data;

/// <summary>One event of the comparison, in the plain types that every peer can bind.</summary>
internal readonly record struct SampleEvent
{
    public required int Profile { get; init; }

    public required int Metric { get; init; }

    public required long TimeMs { get; init; }

    public required double Value { get; init; }

    public required string UniqueId { get; init; }

    public required string OrderId { get; init; }

    public required string City { get; init; }

    public required string Category { get; init; }

    public required string Sku { get; init; }

    public required double Quantity { get; init; }

    public required double Price { get; init; }

    public required bool Discount { get; init; }

    public required long DeliveryMs { get; init; }

    public CustomerEvent ToWrite(IReadOnlyList<Identifier> profile) => new()
    {
        Profile = profile,
        Metric = SampleEvents.Metrics[Metric],
        Time = Instant.FromUnixMs(TimeMs),
        Value = Value,
        UniqueId = UniqueId,
        Properties = new PropertyMap(8)
        {
            ["OrderId"] = OrderId,
            ["City"] = City,
            ["Category"] = Category,
            ["Sku"] = Sku,
            ["Quantity"] = Quantity,
            ["Price"] = Price,
            ["Discount"] = Discount,
            ["Delivery"] = Instant.FromUnixMs(DeliveryMs),
        },
    };
}
