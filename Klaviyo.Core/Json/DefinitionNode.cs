using System.Globalization;
using System.Text.Json;

namespace Klaviyo.Json;

/// <summary>A place in the JSON of a definition, which knows its path, so that every error names it.</summary>
/// <remarks>Reading is strict: a field that nobody knows is refused, because it may have been meant to decide something.</remarks>
/// <threadsafety>As its document.</threadsafety>
public readonly struct DefinitionNode
{
    // As much of a message is kept at its beginning and at its end.
    private const int ErrorPart = 1000;

    private static readonly JsonElement EmptyObject = JsonElement.Parse("{}");

    /// <summary>Creates the root of a definition.</summary>
    /// <param name="element">The JSON.</param>
    /// <param name="path">Where it stands, e.g. <c>$</c>.</param>
    /// <param name="inFlow">Whether the definition belongs to a flow: a trigger event and a start are known.</param>
    /// <exception cref="DefinitionException">It holds what <see cref="DefinitionText.Parse"/> refuses.</exception>
    public DefinitionNode(JsonElement element, string path, bool inFlow)
        : this(element, path, inFlow, DefinitionEnvironment.Empty)
    {
    }

    /// <summary>Creates the root of a definition.</summary>
    /// <param name="element">The JSON.</param>
    /// <param name="path">Where it stands, e.g. <c>$</c>.</param>
    /// <param name="inFlow">Whether the definition belongs to a flow: a trigger event and a start are known.</param>
    /// <param name="environment">What the definition may need beside its text.</param>
    /// <exception cref="ArgumentNullException"><paramref name="environment"/> is null.</exception>
    /// <exception cref="DefinitionException">It holds what <see cref="DefinitionText.Parse"/> refuses.</exception>
    public DefinitionNode(JsonElement element, string path, bool inFlow, DefinitionEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        DefinitionText.ThrowIfUnsound(element, path);
        Element = element;
        Path = path;
        InFlow = inFlow;
        Environment = environment;
    }

    // Another place of the same definition.
    private DefinitionNode(in DefinitionNode other, JsonElement element, string path)
    {
        this = other;
        Element = element;
        Path = path;
    }

    /// <summary>Gets the JSON.</summary>
    public JsonElement Element { get; }

    /// <summary>Gets where it stands, e.g. <c>$.condition_groups[0]</c>.</summary>
    public string Path { get; }

    /// <summary>Gets whether the definition belongs to a flow.</summary>
    public bool InFlow { get; }

    /// <summary>Gets what the definition may need beside its text.</summary>
    public DefinitionEnvironment Environment { get; }

    internal bool OfObject { get; private init; }

    private ICollection<DefinitionException>? Refusals { get; init; }

    private string Lack => Element.ValueKind == JsonValueKind.Null ? "is null" : "is missing";

    /// <summary>Gets whether there is nothing here: the field is missing, or null.</summary>
    public bool IsMissing => Element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    /// <summary>Gets a field that may be missing.</summary>
    /// <exception cref="DefinitionException">Not an object.</exception>
    public DefinitionNode Optional(string name)
    {
        ThrowUnless(JsonValueKind.Object, "an object");
        return At(Element.TryGetProperty(name, out var value) ? value : default, $"{Path}.{name}");
    }

    /// <summary>Gets a field that must be there and not null.</summary>
    /// <exception cref="DefinitionException">Not an object, or the field is missing or null.</exception>
    public DefinitionNode Required(string name)
    {
        var node = Optional(name);
        return node.IsMissing ? throw node.Error(node.Lack) : node;
    }

    /// <summary>Gets whether there is such a field, null or not.</summary>
    public bool Has(string name) => Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(name, out _);

    /// <summary>Refuses every field but some.</summary>
    /// <exception cref="DefinitionException">Not an object, or with another field; the message lists the known ones.</exception>
    public void Allow(params ReadOnlySpan<string> names)
    {
        ThrowUnless(JsonValueKind.Object, "an object");
        foreach (var field in Element.EnumerateObject())
        {
            if (!names.Contains(field.Name))
            {
                throw new DefinitionException($"{Path}.{field.Name}", names.IsEmpty ? "is not known here: no field is" : $"is not known here: {string.Join(", ", names)}");
            }
        }
    }

    /// <summary>Gets the items of an array.</summary>
    /// <exception cref="DefinitionException">Not an array.</exception>
    public IReadOnlyList<DefinitionNode> Items()
    {
        ThrowUnless(JsonValueKind.Array, "an array");
        var items = new List<DefinitionNode>();
        foreach (var item in Element.EnumerateArray())
        {
            items.Add(At(item, string.Create(CultureInfo.InvariantCulture, $"{Path}[{items.Count}]")));
        }

        return items;
    }

    /// <summary>Gets a string that is not empty.</summary>
    /// <exception cref="DefinitionException">Not a string, or empty.</exception>
    public string Name() => Text() is { Length: > 0 } text ? text : throw Error("a string that is not empty is expected");

    /// <summary>Gets a string.</summary>
    /// <exception cref="DefinitionException">Not a string.</exception>
    public string Text()
    {
        ThrowUnless(JsonValueKind.String, "a string");
        return Element.GetString()!;
    }

    /// <summary>Gets a boolean.</summary>
    /// <exception cref="DefinitionException">Not a boolean.</exception>
    public bool Boolean()
    {
        return Element.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Expected("true or false"),
        };
    }

    /// <summary>Gets a number.</summary>
    /// <exception cref="DefinitionException">Not a number, or one that no double holds.</exception>
    public double Number()
    {
        ThrowUnless(JsonValueKind.Number, "a number");
        return Element.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Expected("a number");
    }

    /// <summary>Gets a whole number from a range.</summary>
    /// <exception cref="DefinitionException">Not a whole number in the range.</exception>
    public int Integer(int min, int max)
    {
        var number = Element.ValueKind == JsonValueKind.Number ? Number() : double.NaN;
        return number >= min && number <= max && double.IsInteger(number)
            ? (int)number
            : throw Expected(string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}"));
    }

    /// <summary>Gets an instant.</summary>
    /// <exception cref="DefinitionException">Not a string that is ISO 8601.</exception>
    public Instant Instant() =>
        Klaviyo.Instant.TryParse(Element.ValueKind == JsonValueKind.String ? Element.GetString() : null, out var instant)
            ? instant
            : throw Expected("an ISO 8601 date such as 2026-11-23T08:30:00Z");

    /// <summary>Gets a value of any kind.</summary>
    /// <exception cref="DefinitionException">Nested too deeply, with an empty name, or a number that no double holds.</exception>
    public PropertyValue Value()
    {
        try
        {
            return PropertyJson.ToValue(Element);
        }
        catch (FormatException broken)
        {
            throw Error($"{char.ToLowerInvariant(broken.Message[0])}{broken.Message.AsSpan(1).TrimEnd('.')}");
        }
    }

    /// <summary>Gets an object as properties.</summary>
    /// <exception cref="DefinitionException">Not an object, nested too deeply, with an empty name, or a number that no double holds.</exception>
    public PropertyMap Map()
    {
        ThrowUnless(JsonValueKind.Object, "an object");
        return Value().AsObject();
    }

    /// <summary>Gets the same place, where what has no meaning here is noted instead of thrown.</summary>
    /// <param name="refusals">Receives what <see cref="Refuse"/> says here and below.</param>
    public DefinitionNode Noting(ICollection<DefinitionException> refusals) => new(this, Element, Path) { Refusals = refusals };

    /// <summary>Says that what stands here is right as Klaviyo's JSON but has no meaning here.</summary>
    /// <exception cref="DefinitionException">Always, unless refusals are noted, see <see cref="Noting"/>.</exception>
    public void Refuse(string message)
    {
        if (Refusals is null)
        {
            throw Error(message);
        }

        Refusals.Add(Error(message));
    }

    /// <summary>Gets this place; where nothing is there, that is refused, and an empty object stands for it.</summary>
    /// <param name="what">What is expected.</param>
    /// <exception cref="DefinitionException">Nothing is there, unless refusals are noted, see <see cref="Noting"/>.</exception>
    public DefinitionNode OrEmpty(string what)
    {
        if (!IsMissing)
        {
            return this;
        }

        Refuse($"{Lack}: {what} is expected");
        return At(EmptyObject, Path);
    }

    /// <summary>Makes the exception that names this place; of a long message, which repeats a text, the middle is left out.</summary>
    public DefinitionException Error(string message) =>
        new(Path, message.Length <= 2 * ErrorPart ? message : $"{message[..ErrorPart]} … {message[^ErrorPart..]}");

    /// <summary>Makes the exception that says what was expected here and what was found.</summary>
    public DefinitionException Expected(string what) =>
        IsMissing ? Lacking($"{what} is expected") : Error($"{what} is expected, not {Found()}");

    // The exception that says that there is nothing here, and what that means.
    internal DefinitionException Lacking(string message) => Error($"{Lack}: {message}");

    internal TOperator Operator<TOperator>(OperatorNames<TOperator> names, string kind)
        where TOperator : struct, Enum
    {
        var name = Text();
        return names.TryFind(name, out var op) ? op : throw Error($"'{name}' is not {kind}: {names.All}");
    }

    // The same place, in a condition that is asked of an object and not of a profile.
    internal DefinitionNode AsOfObject() => new(this, Element, Path) { OfObject = true };

    private DefinitionNode At(JsonElement element, string path) => new(this, element, path);

    // On one line, and not the whole of what may be long.
    private string Found()
    {
        const int LengthMax = 80;
        var text = Element.GetRawText().ReplaceLineEndings(" ");
        return text.Length <= LengthMax ? text : $"{text.AsSpan(0, LengthMax)}…";
    }

    private void ThrowUnless(JsonValueKind kind, string what)
    {
        if (Element.ValueKind != kind)
        {
            throw Expected(what);
        }
    }
}
