namespace Klaviyo;

/// <summary>Where a value stands among the properties of a profile or of an event.</summary>
/// <remarks>
/// <para>A plain name (<c>email</c>), Klaviyo's form (<c>properties['Favorite Color']</c>, <c>location['city']</c>), or a
/// way into objects and lists: <c>address.city</c>, <c>items[0].sku</c>, <c>$.address['city']</c>. The properties of a
/// profile are one flat namespace: <c>properties['x']</c> and <c>properties.x</c> are <c>x</c>.</para>
/// <para>A property whose very name has the dots or brackets wins over the way into objects. Text that is no path, such as
/// <c>a[</c>, is a plain name. <c>$value</c> is the value of an event.</para>
/// <para>Equal when the text is.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record PropertyPath
{
    private const string EventValue = "$value";

    // Null where the text is a way only, because its name is quoted: properties['a.b'].
    private readonly string? _literal;
    private readonly PathStep[] _steps;

    /// <summary>Creates a path.</summary>
    /// <exception cref="ArgumentException"><paramref name="text"/> is null or empty.</exception>
    public PropertyPath(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        Text = text;
        (_literal, _steps) = PathSyntax.Read(text);
    }

    /// <summary>Gets the text as it was given.</summary>
    public string Text { get; }

    /// <summary>Gets the property that is read first, by its plain name.</summary>
    public string Name => _steps[0].Name!;

    /// <summary>Gets the plain name of the property that the path names as a whole, dots and all: what can be written.</summary>
    /// <value>Null for a way into a property, by quotes or by the place in a list: <c>location['city']</c>, <c>items[0]</c>.</value>
    public string? Whole =>
        _steps.Length == 1 ? Name
        : _literal is not null && Array.TrueForAll(_steps, s => s.Name is not null) ? _literal
        : null;

    /// <summary>Gets the plain names of all properties that the path may read: one, or two with a name that looks like a way.</summary>
    public ValueList<string> Names => _literal is null || _literal == Name ? [Name] : [_literal, Name];

    /// <summary>Converts text.</summary>
    public static implicit operator PropertyPath(string text) => new(text);

    /// <summary>Gets the value on a profile at T.</summary>
    public PropertyValue Of(ProfileHistory history, Instant at)
    {
        if (_literal is not null && history.Property(_literal, at) is { IsNull: false } literal)
        {
            return literal;
        }

        return _literal == Name ? default : Inside(history.Property(Name, at));
    }

    /// <summary>Gets the value on an event of a profile.</summary>
    public PropertyValue Of(ProfileHistory history, EventRow row)
    {
        if (Text == EventValue)
        {
            return double.IsNaN(row.Value) ? default : PropertyValue.FromNumber(row.Value);
        }

        if (_literal is not null && history.EventProperty(row.Id, _literal) is { IsNull: false } literal)
        {
            return literal;
        }

        return _literal == Name ? default : Inside(history.EventProperty(row.Id, Name));
    }

    /// <summary>Gets the value among properties.</summary>
    public PropertyValue Of(PropertyMap properties)
    {
        return _literal is not null && properties[_literal] is { IsNull: false } literal
            ? literal
            : Inside(properties[Name]);
    }

    /// <summary>Gets the value on the event that started a run.</summary>
    public PropertyValue Of(TriggerEvent trigger) =>
        OfEvent(trigger.Properties, double.IsNaN(trigger.Row.Value) ? null : trigger.Row.Value);

    internal PropertyValue OfEvent(PropertyMap properties, double? value)
    {
        if (Text == EventValue)
        {
            return value is { } number ? PropertyValue.FromNumber(number) : default;
        }

        return Of(properties);
    }

    /// <inheritdoc/>
    public bool Equals(PropertyPath? other) => other is not null && string.Equals(Text, other.Text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(Text, StringComparison.Ordinal);

    /// <summary>Writes the text as it was given.</summary>
    public override string ToString() => Text;

    private PropertyValue Inside(PropertyValue value)
    {
        foreach (var step in _steps.AsSpan(1))
        {
            value = step.From(value);
        }

        return value;
    }
}
