using System.Text;
using Klaviyo.Json;

namespace Klaviyo.Storage.Import;

/// <summary>What a write may hold at most; the one place that knows.</summary>
/// <remarks>
/// <para>Counted are: properties of an event or of a profile, at the top level; strings and names in UTF-8, wherever
/// they stand; nesting as <see cref="PropertyJson"/> counts it, the map itself being the first level.</para>
/// <para>The encoded size is what the write takes in MessagePack at most, a few bytes more than in the log.</para>
/// </remarks>
/// <threadsafety>Stateless.</threadsafety>
internal static class EventLimits
{
    internal const int EncodedBytesMax = 1 << 20;
    internal const int PropertiesMax = 400;
    internal const int StringBytesMax = 100 * 1024;
    internal const int NestingMax = PropertyJson.NestingMax;
    internal const int MetricLengthMax = 256;

    /// <summary>What the record of a write takes at most beside its texts and values.</summary>
    internal const int HeadBytes = 64;

    private const int Utf8BytesMax = 3;
    private const int TextHeadBytes = 5;

    // Its kind, of 64 characters at most, and its value, of 512.
    private const int IdentifierBytesMax = 64 + (512 * Utf8BytesMax) + (2 * TextHeadBytes);

    internal static string TooDeep => $"Values are nested deeper than {NestingMax}.";

    private static string TooLong => $"A string is at most {StringBytesMax / 1024} KiB long.";

    private static string TooMany => $"At most {PropertiesMax} properties are accepted.";

    /// <summary>Tells whether a write keeps within all limits, wherever it is stored.</summary>
    internal static Rejection? Check(CustomerWrite write) => Check(write, EncodedBytesMax);

    /// <summary>Tells whether a write keeps within all limits, and whether its texts are texts.</summary>
    /// <param name="write">Any write.</param>
    /// <param name="bytesMax">How large it may be: <see cref="EncodedBytesMax"/>, or what a page of the log takes.</param>
    /// <returns>Null, or the field and the reason for the sender, with line 0.</returns>
    internal static Rejection? Check(CustomerWrite write, int bytesMax)
    {
        return CheckIdentifiers("profile", write.Profile, bytesMax) ?? write switch
        {
            CustomerEvent e => CheckName("metric", "metric", e.Metric)
                ?? CheckUniqueId(e.UniqueId, bytesMax)
                ?? CheckMaps(e.Properties, e.ProfileProperties, bytesMax - BytesOf(e.UniqueId)),
            ProfileWrite profile => CheckMaps(profile.Properties, [], bytesMax),
            ListWrite list => CheckText("list", list.List, bytesMax, isName: true),
            ConsentWrite consent => CheckStatus(consent.Status)
                ?? CheckText("channel", consent.Channel, bytesMax, isName: true)
                ?? CheckText("method", consent.Method, bytesMax),
            RelationWrite relation => CheckName("name", "relation", relation.Name),
            RestoredIdentifiers given => CheckIdentifiers("identifiers", given.Added, bytesMax),
            _ => null,
        };
    }

    /// <summary>Tells whether the limits are kept that need no look at the values: of the metric, and of how many
    /// properties.</summary>
    internal static bool AreCountsKept(CustomerWrite write)
    {
        return write switch
        {
            CustomerEvent e => e.Metric.Length <= MetricLengthMax
                && e.Properties.Count <= PropertiesMax && e.ProfileProperties.Count <= PropertiesMax,
            ProfileWrite profile => profile.Properties.Count <= PropertiesMax,
            _ => true,
        };
    }

    private static string TooLarge(int bytesMax) => bytesMax == EncodedBytesMax
        ? $"An event is at most {EncodedBytesMax >> 20} MiB large."
        : $"An event is at most {bytesMax / 1024} KiB large: a page of the log takes no more.";

    private static Rejection? CheckName(string field, string what, string? name)
    {
        return name switch
        {
            null or "" => new Rejection(0, field, $"A {what} has a name."),
            { Length: > MetricLengthMax } => new Rejection(0, field, $"A {field} is at most {MetricLengthMax} characters long."),
            _ => CheckCharacters(field, name),
        };
    }

    private static Rejection? CheckCharacters(string field, string text) =>
        WellFormedText.Is(text) ? null : new Rejection(0, field, WellFormedText.Missing);

    private static Rejection? CheckText(string field, string? text, int bytesMax, bool isName = false)
    {
        return text switch
        {
            null => new Rejection(0, field, $"A {field} is a string."),
            "" when isName => new Rejection(0, field, $"A {field} has a name."),
            _ when BytesOf(text) > StringBytesMax => new Rejection(0, field, TooLong),
            _ when BytesOf(text) > bytesMax => new Rejection(0, field, TooLarge(bytesMax)),
            _ => CheckCharacters(field, text),
        };
    }

    private static Rejection? CheckStatus(ConsentStatus status) =>
        Enum.IsDefined(status) ? null : new Rejection(0, "status", "A consent has a status.");

    private static Rejection? CheckUniqueId(string? id, int bytesMax) =>
        id is null ? null : CheckText("unique_id", id, bytesMax);

    private static Rejection? CheckIdentifiers(string field, IReadOnlyList<Identifier> identifiers, int bytesMax)
    {
        // No write but one that means harm comes so far that they are looked at.
        if (identifiers.Count <= bytesMax / IdentifierBytesMax)
        {
            return null;
        }

        var bytes = 0L;
        for (var i = 0; i < identifiers.Count; i++)
        {
            bytes += BytesOf(identifiers[i].Kind.Name) + BytesOf(identifiers[i].Value) + (2 * TextHeadBytes);
        }

        return bytes <= bytesMax ? null : new Rejection(0, field, "The identifiers of one write take too much room.");
    }

    // Counted only where it may matter.
    private static int BytesOf(string? text)
    {
        return text is null ? 0
            : text.Length <= 64 ? text.Length * Utf8BytesMax
            : Encoding.UTF8.GetByteCount(text);
    }

    private static Rejection? CheckMaps(PropertyMap properties, PropertyMap profileProperties, int bytesMax)
    {
        if (properties is null || profileProperties is null)
        {
            return new Rejection(0, properties is null ? "properties" : "profile_properties", "It has a map, which may be empty.");
        }

        var room = bytesMax;
        if (IsSmall(properties, ref room) && IsSmall(profileProperties, ref room))
        {
            return null;
        }

        var measure = new Measure(bytesMax);
        var fits = measure.Add("properties", properties)
            && (profileProperties.Count == 0 || measure.Add("profile_properties", profileProperties));
        return fits ? null : new Rejection(0, measure.Field, measure.Reason);
    }

    /// <summary>Tells whether a map keeps within all limits even if every character took three bytes.</summary>
    /// <param name="map">Any map; one with a list or an object in it is left to the walk that counts bytes.</param>
    /// <param name="room">The bytes that are left of the encoded size.</param>
    /// <remarks>Nearly every write passes here, with nothing but a look for halves of characters.</remarks>
    private static bool IsSmall(PropertyMap map, ref int room)
    {
        if (map.Count > PropertiesMax)
        {
            return false;
        }

        foreach (ref readonly var item in map.AsSpan())
        {
            var kind = item.Value.Kind;
            var text = kind == PropertyKind.String ? item.Value.AsString() : "";
            if (Math.Max(item.Key.Length, text.Length) > StringBytesMax / Utf8BytesMax
                || kind is PropertyKind.List or PropertyKind.Object
                || !WellFormedText.Is(item.Key)
                || !WellFormedText.Is(text))
            {
                return false;
            }

            room -= ((item.Key.Length + text.Length) * Utf8BytesMax) + Measure.PropertyBytes;
        }

        return room >= Measure.ContainerBytes;
    }

    // Walks the values once; what stops it is told with the path of where it was.
    private struct Measure
    {
        internal const int ContainerBytes = TextHeadBytes;
        internal const int PropertyBytes = ContainerBytes + ScalarBytes;

        private const int ScalarBytes = 10;

        private readonly int _bytesMax;
        private long _bytes;

        public Measure(int bytesMax) => _bytesMax = bytesMax;

        public string Field { get; private set; } = "";

        public string Reason { get; private set; } = "";

        public bool Add(string field, PropertyMap map)
        {
            return map.Count > PropertiesMax ? Stop(field, TooMany) : Map(map, 0) || Under(field);
        }

        private bool Map(PropertyMap map, int depth)
        {
            if (depth >= NestingMax)
            {
                return Stop("", TooDeep);
            }

            if (!Take(ContainerBytes))
            {
                return false;
            }

            foreach (var (name, value) in map.AsSpan())
            {
                // A name that is too long does not stand in the path either.
                if (!Text(name))
                {
                    return false;
                }

                if (!Value(value, depth + 1))
                {
                    return Under(name);
                }
            }

            return true;
        }

        private bool Value(PropertyValue value, int depth)
        {
            switch (value.Kind)
            {
                case PropertyKind.String:
                    return Text(value.AsString());
                case PropertyKind.List:
                    return List(value.AsList(), depth);
                case PropertyKind.Object:
                    return Map(value.AsObject(), depth);
                default:
                    return Take(ScalarBytes);
            }
        }

        private bool List(IReadOnlyList<PropertyValue> list, int depth)
        {
            if (depth >= NestingMax)
            {
                return Stop("", TooDeep);
            }

            if (!Take(ContainerBytes))
            {
                return false;
            }

            for (var i = 0; i < list.Count; i++)
            {
                if (!Value(list[i], depth + 1))
                {
                    return Under($"[{i}]");
                }
            }

            return true;
        }

        private bool Text(string text)
        {
            if (!WellFormedText.Is(text))
            {
                return Stop("", WellFormedText.Missing);
            }

            var bytes = Encoding.UTF8.GetByteCount(text);
            return bytes > StringBytesMax ? Stop("", TooLong) : Take(bytes + ContainerBytes);
        }

        private bool Take(int bytes)
        {
            _bytes += bytes;
            return _bytes <= _bytesMax || Stop("", TooLarge(_bytesMax));
        }

        private bool Stop(string field, string reason)
        {
            Field = field;
            Reason = reason;
            return false;
        }

        private bool Under(string parent)
        {
            Field = FieldPath.Join(parent, Field);
            return false;
        }
    }
}
