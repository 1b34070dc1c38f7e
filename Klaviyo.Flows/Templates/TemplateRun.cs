using System.Globalization;
using System.Text;

namespace Klaviyo.Flows.Templates;

/// <summary>One filling of a template: variables, output, and how much may still be done.</summary>
/// <remarks>
/// Every piece of work is charged before it is done, so a template ends after a bounded time with a bounded text, whatever
/// its author and the data say.
/// </remarks>
/// <threadsafety>One caller.</threadsafety>
internal sealed class TemplateRun
{
    /// <summary>The longest text that a template may make, in characters.</summary>
    internal const int OutputLengthMax = 1 << 20;

    /// <summary>How much a template may do: steps, items and characters that are looked at or made.</summary>
    internal const long WorkMax = 2_000_000;

    private const int ScopesMax = 64;
    private readonly Meter _meter;
    private readonly Func<string, TemplateValue?> _globals;

    // Most templates set nothing: what remembers is made when there is something to remember.
    private Dictionary<string, TemplateValue>? _assigned;
    private List<Dictionary<string, TemplateValue>>? _scopes;
    private Dictionary<string, long>? _counters;
    private Dictionary<string, long>? _registers;

    internal TemplateRun(TemplateData data, TemplateEscape escape, Func<string, TemplateValue?> globals)
        : this(data, escape, globals, new Meter())
    {
    }

    private TemplateRun(TemplateData data, TemplateEscape escape, Func<string, TemplateValue?> globals, Meter meter) =>
        (Data, Escape, _globals, _meter) = (data, escape, globals, meter);

    internal TemplateData Data { get; }

    internal TemplateEscape Escape { get; }

    /// <summary>Gets or sets the text so far; a capture puts another one here for a while.</summary>
    internal StringBuilder Output { get; set; } = new();

    /// <summary>Gets or sets what receives the places at which nothing was put in; null where nobody wants to know.</summary>
    internal List<TemplateEmptyPlace>? Empty { get; set; }

    /// <summary>Gets how much has been done.</summary>
    internal long Work => _meter.Work;

    /// <summary>Gets where the work stands, for messages.</summary>
    internal (TemplateSource Source, int Offset) Place
    {
        get => _meter.Place;
        set => _meter.Place = value;
    }

    /// <summary>Gets what tags remember by name while the template runs.</summary>
    internal Dictionary<string, long> Registers => _registers ??= new(StringComparer.Ordinal);

    /// <summary>Gets or sets what <c>ifchanged</c> wrote last.</summary>
    internal string? LastIfChanged { get; set; }

    internal LoopState? Loop { get; set; }

    /// <summary>Takes from what may still be done.</summary>
    /// <exception cref="TemplateBoundException">It is too much.</exception>
    internal void Charge(long work)
    {
        _meter.Work += work + 1;
        if (_meter.Work > WorkMax)
        {
            throw new TemplateBoundException(string.Create(CultureInfo.InvariantCulture, $"the template does more than {WorkMax:N0} steps"));
        }
    }

    internal void Write(string text)
    {
        if (Output.Length + text.Length > OutputLengthMax)
        {
            throw new TemplateBoundException(string.Create(CultureInfo.InvariantCulture, $"the text is longer than {OutputLengthMax} characters"));
        }

        Charge(text.Length);
        Output.Append(text);
    }

    internal TemplateValue Find(string name)
    {
        for (var i = (_scopes?.Count ?? 0) - 1; i >= 0; i--)
        {
            if (_scopes![i].TryGetValue(name, out var value))
            {
                return value;
            }
        }

        if (_assigned is not null && _assigned.TryGetValue(name, out var assigned))
        {
            return assigned;
        }

        return _counters is not null && _counters.TryGetValue(name, out var count)
            ? TemplateValue.Of(count)
            : _globals(name) ?? TemplateValue.Nil;
    }

    internal void Assign(string name, TemplateValue value) =>
        (_assigned ??= new(StringComparer.Ordinal))[name] = value;

    /// <summary>Sets a variable of the innermost scope.</summary>
    internal void Set(string name, TemplateValue value)
    {
        if (_scopes is { Count: > 0 })
        {
            _scopes[^1][name] = value;
            return;
        }

        Assign(name, value);
    }

    internal void EnterScope()
    {
        _scopes ??= [];
        if (_scopes.Count + 1 >= ScopesMax)
        {
            throw new TemplateBoundException($"more than {ScopesMax} blocks stand in one another");
        }

        _scopes.Add(new(StringComparer.Ordinal));
    }

    internal void LeaveScope() => _scopes!.RemoveAt(_scopes.Count - 1);

    /// <summary>Counts up or down.</summary>
    /// <returns>The count before.</returns>
    internal long Count(string name, int step)
    {
        _counters ??= new(StringComparer.Ordinal);
        var before = _counters.GetValueOrDefault(name);
        _counters[name] = before + step;
        return before;
    }

    /// <summary>Makes a run that sees none of the variables of this one, writes to the same text, and has the same budget.</summary>
    internal TemplateRun Isolated() => new(Data, Escape, _globals, _meter) { Output = Output, Empty = Empty };

    private sealed class Meter
    {
        internal long Work { get; set; }

        internal (TemplateSource Source, int Offset) Place { get; set; }
    }
}
