using System.Diagnostics.CodeAnalysis;

namespace Klaviyo.Storage.Index;

/// <summary>The names that a lane has met (metrics, properties, lists, channels), each with a small number.</summary>
/// <remarks>Numbers are given in the order of the log and never change, so records and columns hold them.</remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class NameTable
{
    private readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    internal int Count => _names.Count;

    /// <summary>Gets the strings that the values of this lane were lately.</summary>
    internal RecentStrings Strings { get; } = new();

    internal string this[int code] => _names[code];

    internal bool TryGetCode(string name, out int code) => _codes.TryGetValue(name, out code);

    /// <summary>Adds the next name.</summary>
    internal int Add(string name)
    {
        _codes.Add(name, _names.Count);
        _names.Add(name);
        return _names.Count - 1;
    }

    /// <summary>Gets the name of a code that comes from a record.</summary>
    internal bool TryGetName(int code, [NotNullWhen(true)] out string? name)
    {
        name = (uint)code < (uint)_names.Count ? _names[code] : null;
        return name is not null;
    }
}
