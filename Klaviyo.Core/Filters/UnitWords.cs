using System.Globalization;

namespace Klaviyo;

// The units in JSON and in words.
internal static class UnitWords
{
    internal static readonly OperatorNames<TimeUnit> Names = new(
        ("second", TimeUnit.Second),
        ("minute", TimeUnit.Minute),
        ("hour", TimeUnit.Hour),
        ("day", TimeUnit.Day),
        ("week", TimeUnit.Week),
        ("month", TimeUnit.Month),
        ("year", TimeUnit.Year));

    internal static string Of(int quantity, TimeUnit unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{quantity} {Names.NameOf(unit)}{(quantity == 1 ? "" : "s")}");
}
