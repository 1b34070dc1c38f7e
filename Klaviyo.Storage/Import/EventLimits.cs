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

    private const int Utf8BytesMax = 3;

    internal static string TooDeep => $"Values are nested deeper than {NestingMax}.";

    private static string TooLong => $"A string is at most {StringBytesMax / 1024} KiB long.";

    private static string TooMany => $"At most {PropertiesMax} properties are accepted.";

    private static string TooLarge => $"An event is at most {EncodedBytesMax >> 20} MiB large.";

    /// <summary>Tells whether a write keeps within all limits.</summary>
    /// <param name="write">Any write; lists and consents always do.</param>
    /// <returns>Null, or the field and the reason for the sender, with line 0.</returns>
    internal static Rejection? Check(CustomerWrite write)
    {
        return write switch
        {
            CustomerEvent e => CheckMetric(e.Metric)
                ?? CheckUniqueId(e.UniqueId)
                ?? CheckMaps(e.Properties, e.ProfileProperties),
            ProfileWrite profile => CheckMaps(profile.Properties, null),
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

    private static Rejection? CheckMetric(string metric)
    {
        return metric.Length switch
        {
            0 => new Rejection(0, "metric", "A metric has a name."),
            > MetricLengthMax => new Rejection(0, "metric", $"A metric is at most {MetricLengthMax} characters long."),
            _ => null,
        };
    }

    private static Rejection? CheckUniqueId(string? id)
    {
        return id is null || id.Length <= StringBytesMax / Utf8BytesMax || Encoding.UTF8.GetByteCount(id) <= StringBytesMax
            ? null
            : new Rejection(0, "unique_id", TooLong);
    }

    private static Rejection? CheckMaps(PropertyMap properties, PropertyMap? profileProperties)
    {
        var room = EncodedBytesMax;
        if (IsSmall(properties, ref room) && (profileProperties is null || IsSmall(profileProperties, ref room)))
        {
            return null;
        }

        var measure = new Measure();
        var fits = measure.Add("properties", properties)
            && (profileProperties is null || measure.Add("profile_properties", profileProperties));
        return fits ? null : new Rejection(0, measure.Field, measure.Reason);
    }

    /// <summary>Tells whether a map keeps within all limits even if every character took three bytes.</summary>
    /// <param name="map">Any map; one with a list or an object in it is left to the walk that counts bytes.</param>
    /// <param name="room">The bytes that are left of the encoded size.</param>
    /// <remarks>Nearly every write passes here, without a look at a single character.</remarks>
    private static bool IsSmall(PropertyMap map, ref int room)
    {
        if (map.Count > PropertiesMax)
        {
            return false;
        }

        foreach (ref readonly var item in map.AsSpan())
        {
            var kind = item.Value.Kind;
            var length = kind == PropertyKind.String ? item.Value.AsString().Length : 0;
            if (Math.Max(item.Key.Length, length) > StringBytesMax / Utf8BytesMax
                || kind is PropertyKind.List or PropertyKind.Object)
            {
                return false;
            }

            room -= ((item.Key.Length + length) * Utf8BytesMax) + Measure.PropertyBytes;
        }

        return room >= Measure.ContainerBytes;
    }

    // Walks the values once; what stops it is told with the path of where it was.
    private struct Measure
    {
        internal const int ContainerBytes = 5;
        internal const int PropertyBytes = ContainerBytes + ScalarBytes;

        private const int ScalarBytes = 10;

        private long _bytes;

        public Measure()
        {
        }

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

            _bytes += ContainerBytes;
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
                    _bytes += ScalarBytes;
                    return true;
            }
        }

        private bool List(IReadOnlyList<PropertyValue> list, int depth)
        {
            if (depth >= NestingMax)
            {
                return Stop("", TooDeep);
            }

            _bytes += ContainerBytes;
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
            var bytes = Encoding.UTF8.GetByteCount(text);
            _bytes += bytes + ContainerBytes;
            return bytes > StringBytesMax ? Stop("", TooLong) : _bytes <= EncodedBytesMax || Stop("", TooLarge);
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
