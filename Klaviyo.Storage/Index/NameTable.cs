using System.Collections.Concurrent;

namespace Klaviyo.Storage.Index;

/// <summary>The names that a lane has met (metrics, properties, lists, channels), each with a small number.</summary>
/// <remarks>Numbers are given in the order of the log and never change, so records and columns hold them.</remarks>
/// <threadsafety>One caller at a time, the lane's gate, but for <see cref="TryGetCode"/>, which is safe beside it.</threadsafety>
internal sealed class NameTable
{
    private const int Initial = 31;

    private readonly ConcurrentDictionary<string, int> _codes = new(concurrencyLevel: 1, Initial, StringComparer.Ordinal);
    private readonly List<string> _names = [];

    internal int Count => _names.Count;

    /// <summary>Gets the strings that the values of this lane were lately.</summary>
    internal RecentStrings Strings { get; } = new();

    internal string this[int code] => _names[code];

    internal bool TryGetCode(string name, out int code) => _codes.TryGetValue(name, out code);

    /// <summary>Gets the name of a code that comes from a record.</summary>
    /// <exception cref="InvalidDataException">No name has the code.</exception>
    internal string Known(int code) =>
        code >= 0 && code < _names.Count ? _names[code] : throw new InvalidDataException($"No name has the code {code}.");

    /// <summary>Adds the next name.</summary>
    /// <exception cref="InvalidDataException">It has a code already.</exception>
    internal int Add(string name)
    {
        if (!_codes.TryAdd(name, _names.Count))
        {
            throw new InvalidDataException($"The name '{name}' has a code already.");
        }

        _names.Add(name);
        return _names.Count - 1;
    }
}
