namespace Klaviyo;

/// <summary>The filter of a list query, in the syntax of Klaviyo's API: <c>greater-than(value,100),equals(properties.Country,"France")</c>.</summary>
/// <remarks>
/// <para><c>equals</c>, <c>greater-than</c>, <c>greater-or-equal</c>, <c>less-than</c>, <c>less-or-equal</c>,
/// <c>contains</c>, <c>starts-with</c>, <c>ends-with</c> take a field and a value; <c>any</c>, <c>contains-any</c> and
/// <c>contains-all</c> a field and a list <c>["a","b"]</c>; <c>has</c> a field. <c>and</c>, <c>or</c> and <c>not</c> take
/// expressions; several expressions at the top must all hold.</para>
/// <para>A value is a string in double quotes, a number, <c>true</c>, <c>false</c>, <c>null</c>, or an ISO 8601 date without
/// quotes. Nothing is coerced: a number is never equal to a string. Comparisons take numbers and dates; a date is compared
/// with an instant or with a string that is ISO 8601. <c>contains</c> looks for text in a string or for an item in a list.</para>
/// <para>Equal when the text is.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record FilterExpression
{
    private readonly ExpressionNode _root;

    private FilterExpression(string text, ExpressionNode root)
    {
        Text = text;
        _root = root;
        var fields = new SortedSet<string>(StringComparer.Ordinal);
        root.AddFields(fields);
        Fields = ValueList.Of(fields);
    }

    /// <summary>Gets the text as it was given.</summary>
    public string Text { get; }

    /// <summary>Gets the fields that are asked for, each once, in ordinal order.</summary>
    public ValueList<string> Fields { get; }

    /// <summary>Reads an expression.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="DefinitionException">Not an expression; the message names the character.</exception>
    public static FilterExpression Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new FilterExpression(text, new ExpressionReader(text).Read());
    }

    /// <summary>Tells whether something matches.</summary>
    /// <param name="field">Gives the value of a field, <see cref="PropertyValue.Null"/> where there is none.</param>
    /// <exception cref="ArgumentNullException"><paramref name="field"/> is null.</exception>
    public bool Matches(Func<string, PropertyValue> field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return _root.Matches(field);
    }

    // The instants of a date field that match, where the expression says nothing else.
    internal TimeRange? RangeOf(string field) => _root.RangeOf(field);

    /// <inheritdoc/>
    public bool Equals(FilterExpression? other) => other is not null && string.Equals(Text, other.Text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(Text, StringComparison.Ordinal);

    /// <summary>Writes the text as it was given.</summary>
    public override string ToString() => Text;
}
