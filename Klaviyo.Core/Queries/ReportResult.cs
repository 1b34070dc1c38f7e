namespace Klaviyo;

/// <summary>The answer to a <see cref="ReportQuery"/>.</summary>
/// <param name="Dates">
/// The first instants of the calendar units, in order; without an interval, the one instant at which the range begins.
/// Where the range is open, the units begin and end with one that has an event.
/// </param>
/// <param name="Rows">The groups; without a split, one of no dimension, also where nothing counts.</param>
public sealed record ReportResult(ValueList<Instant> Dates, ValueList<ReportRow> Rows);

/// <summary>The numbers of one group.</summary>
/// <param name="Dimensions">The values of the properties that the report is split by, in their order.</param>
/// <param name="Numbers">For each measure, in their order, one number a date.</param>
public sealed record ReportRow(ValueList<PropertyValue> Dimensions, ValueList<ValueList<double>> Numbers);
