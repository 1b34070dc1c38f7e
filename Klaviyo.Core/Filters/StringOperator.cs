namespace Klaviyo;

/// <summary>The operators of string filters.</summary>
/// <remarks>Comparison is ordinal and case-sensitive, but for those that ignore case, which fold it invariantly.</remarks>
public enum StringOperator
{
    /// <summary>The same string.</summary>
    EqualTo,

    /// <summary>The complement of <see cref="EqualTo"/>.</summary>
    NotEqualTo,

    /// <summary>A string with the given one inside.</summary>
    Contains,

    /// <summary>The complement of <see cref="Contains"/>.</summary>
    NotContains,

    /// <summary>A string that begins with the given one.</summary>
    StartsWith,

    /// <summary>The complement of <see cref="StartsWith"/>.</summary>
    NotStartsWith,

    /// <summary>A string that ends with the given one.</summary>
    EndsWith,

    /// <summary>The complement of <see cref="EndsWith"/>.</summary>
    NotEndsWith,

    /// <summary>A string in which the regular expression is found, anywhere unless it is anchored.</summary>
    Matches,

    /// <summary>The complement of <see cref="Matches"/>.</summary>
    NotMatches,

    /// <summary>One of the given strings.</summary>
    In,

    /// <summary>The complement of <see cref="In"/>.</summary>
    NotIn,

    /// <summary>The same string, ignoring case.</summary>
    EqualToIgnoringCase,

    /// <summary>A string with the given one inside, ignoring case.</summary>
    ContainsIgnoringCase,

    /// <summary>A string that begins with the given one, ignoring case.</summary>
    StartsWithIgnoringCase,

    /// <summary>A string that ends with the given one, ignoring case.</summary>
    EndsWithIgnoringCase,

    /// <summary>A phone number (E.164) that may belong to one of the given countries, two letters each; see <see cref="Countries"/>.</summary>
    PhoneCountryIn,

    /// <summary>The complement of <see cref="PhoneCountryIn"/>.</summary>
    PhoneCountryNotIn,
}
