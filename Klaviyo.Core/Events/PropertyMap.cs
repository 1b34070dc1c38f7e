using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Klaviyo;

/// <summary>Names and values, in the order in which they were added.</summary>
/// <remarks>
/// <para>Names are case-sensitive. Setting a name again replaces its value and keeps its place.</para>
/// <para>Lookup is linear: a map holds at most some hundred names, mostly ten.</para>
/// <para>Maps are equal when they hold the same names with equal values, in any order.</para>
/// </remarks>
/// <example><code>new PropertyMap { ["Country"] = "France", ["Quantity"] = 6 }</code></example>
/// <threadsafety>Reads may overlap with reads. The engine copies what it stores.</threadsafety>
public sealed class PropertyMap : IReadOnlyDictionary<string, PropertyValue>, IEquatable<PropertyMap>
{
    private KeyValuePair<string, PropertyValue>[] _items;

    /// <summary>Creates an empty map.</summary>
    public PropertyMap() => _items = [];

    /// <summary>Creates an empty map with room for <paramref name="capacity"/> names.</summary>
    public PropertyMap(int capacity) => _items = capacity == 0 ? [] : new KeyValuePair<string, PropertyValue>[capacity];

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <summary>Gets where the items lie, only to have it brought into the cache.</summary>
    internal object Place => _items;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => this.Select(item => item.Key);

    /// <inheritdoc/>
    public IEnumerable<PropertyValue> Values => this.Select(item => item.Value);

    /// <summary>Gets or sets the value of a name.</summary>
    /// <value><see cref="PropertyValue.Null"/> where the name is missing.</value>
    /// <exception cref="ArgumentException">A name to set is null or empty.</exception>
    public PropertyValue this[string key]
    {
        get => TryGetValue(key, out var value) ? value : default;
        set => Set(key, value);
    }

    /// <summary>Adds a name, for collection initialisers.</summary>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public void Add(string key, PropertyValue value) => Set(key, value);

    /// <inheritdoc/>
    public bool ContainsKey(string key) => IndexOf(key) >= 0;

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out PropertyValue value)
    {
        var index = IndexOf(key);
        value = index < 0 ? default : _items[index].Value;
        return index >= 0;
    }

    /// <summary>Gets the names and values without allocation, in order.</summary>
    public ReadOnlySpan<KeyValuePair<string, PropertyValue>> AsSpan() => _items.AsSpan(0, Count);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, PropertyValue>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return _items[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(PropertyMap? other)
    {
        if (other is null || Count != other.Count)
        {
            return false;
        }

        foreach (var (name, value) in AsSpan())
        {
            if (!other.TryGetValue(name, out var theirs) || value != theirs)
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PropertyMap);

    /// <inheritdoc/>
    public override int GetHashCode() => Count;

    /// <summary>Writes the map for people.</summary>
    public override string ToString() => $"{{{string.Join(", ", this.Select(i => $"{i.Key}: {i.Value}"))}}}";

    private void Set(string key, PropertyValue value)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        var index = IndexOf(key);
        if (index < 0)
        {
            if (Count == _items.Length)
            {
                Array.Resize(ref _items, Math.Max(8, Count * 2));
            }

            index = Count++;
        }

        _items[index] = new KeyValuePair<string, PropertyValue>(key, value);
    }

    private int IndexOf(string key)
    {
        var items = AsSpan();
        for (var i = 0; i < items.Length; i++)
        {
            if (string.Equals(items[i].Key, key, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }
}
