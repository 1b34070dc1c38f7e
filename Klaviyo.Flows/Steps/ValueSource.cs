namespace Klaviyo;

/// <summary>Where a step takes a value from: it is given, or read of the profile, the event, or the run.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ValueSource
{
    private ValueSource(ValueSourceKind kind, PropertyPath? path, PropertyValue value) => (Kind, Path, Value) = (kind, path, value);

    /// <summary>Gets what it is read of.</summary>
    public ValueSourceKind Kind { get; }

    /// <summary>Gets the property or variable; null for a value that is given.</summary>
    public PropertyPath? Path { get; }

    /// <summary>Gets the value that is given.</summary>
    public PropertyValue Value { get; }

    /// <summary>Makes the source of a value that is given.</summary>
    public static ValueSource Given(PropertyValue value) => new(ValueSourceKind.Given, null, value);

    /// <summary>Makes the source of a property of the profile, as of T.</summary>
    public static ValueSource Profile(PropertyPath path) => new(ValueSourceKind.Profile, path, default);

    /// <summary>Makes the source of a property of the event that started the run; <c>$value</c> is its value.</summary>
    public static ValueSource Event(PropertyPath path) => new(ValueSourceKind.Event, path, default);

    /// <summary>Makes the source of a variable of the run.</summary>
    public static ValueSource Variable(PropertyPath path) => new(ValueSourceKind.Variable, path, default);

    /// <summary>Reads the value; null where there is none.</summary>
    internal PropertyValue Read(in StepContext context)
    {
        return Kind switch
        {
            ValueSourceKind.Given => Value,
            ValueSourceKind.Profile => Path!.Of(context.Facts.History, context.At),
            ValueSourceKind.Event => context.Facts.Trigger is { } trigger ? Path!.Of(trigger) : PropertyValue.Null,
            ValueSourceKind.Variable => Path!.Of(context.Variables),
            _ => throw new InvalidOperationException($"Unknown source {Kind}."),
        };
    }
}

/// <summary>What a value is read of.</summary>
public enum ValueSourceKind
{
    /// <summary>Of nothing: it is given.</summary>
    Given,

    /// <summary>Of the profile.</summary>
    Profile,

    /// <summary>Of the event that started the run.</summary>
    Event,

    /// <summary>Of the run.</summary>
    Variable,
}

/// <summary>A name and where its value is taken from.</summary>
/// <param name="Name">The plain name.</param>
/// <param name="Source">The source.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record Assignment(string Name, ValueSource Source)
{
    /// <summary>Reads the values.</summary>
    internal static PropertyMap Read(ValueList<Assignment> assignments, in StepContext context)
    {
        var values = new PropertyMap(assignments.Count);
        foreach (var assignment in assignments.AsSpan())
        {
            values[assignment.Name] = assignment.Source.Read(context);
        }

        return values;
    }
}
