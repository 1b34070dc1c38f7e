using System.Buffers;
using System.Numerics;
using Klaviyo.Storage.Images;
using Klaviyo.Storage.Records;
using MessagePack;

namespace Klaviyo.Storage.Live;

/// <summary>Who of a lane is in which segment, as the log says.</summary>
/// <remarks>A fold over the records: nothing is evaluated here, so a replay gives the same.</remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class Memberships
{
    /// <summary>For so many definitions a segment's members are right of whom nothing is known.</summary>
    internal const int Unknown = 0;

    private readonly List<HourlyCounts> _hours = [];
    private readonly List<int> _builtFor = [];
    private PagedImage? _image;

    /// <summary>Gets the members.</summary>
    internal BitColumns Members { get; } = new();

    /// <summary>Gets whether any segment was ever built.</summary>
    internal bool IsInUse => _builtFor.Count > 0;

    /// <summary>Gets the latest time of the clock that the log of the lane tells of.</summary>
    internal long ClockMs { get; private set; } = Instant.MinValue.UnixMs;

    /// <summary>Gets for how many definitions a segment's members are right; <see cref="Unknown"/> where they never were, or are no longer.</summary>
    internal int BuiltFor(int segment) => segment < _builtFor.Count ? _builtFor[segment] : Unknown;

    /// <summary>Gets how the number of members changed.</summary>
    internal IReadOnlyList<HourlyChange> Hours(int segment) => segment < _hours.Count ? _hours[segment].Hours : [];

    /// <summary>Takes in that the clock was at a time.</summary>
    internal void SawClock(long ms) => ClockMs = Math.Max(ClockMs, ms);

    /// <summary>Applies a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="isKnown">Whether a profile's bits have it in them already; null where nobody's have.</param>
    /// <param name="isCounted">Whether what is not of a profile has it already.</param>
    internal void Apply(in MembershipRecord record, Func<int, bool>? isKnown, bool isCounted)
    {
        var offset = MembershipRecord.HeadBytes;
        for (var i = 0; i < record.Groups; i++)
        {
            var group = record.Next(ref offset);
            for (var k = 0; k < group.Count; k++)
            {
                if (group[k] != MembershipRecord.Nobody && isKnown?.Invoke(group[k]) != true)
                {
                    Members.Set(group.Segment, group[k], k < group.Entered);
                }
            }

            if (!isCounted)
            {
                _image?.Keep(group.Segment);
                AddUpTo(group.Segment);
                _hours[group.Segment].Add(record.AtMs, (2 * group.Entered) - group.Count);
                _builtFor[group.Segment] = record.BuiltFor >= 0 ? record.BuiltFor : _builtFor[group.Segment];
            }
        }

        if (!isCounted)
        {
            SawClock(record.AtMs);
        }
    }

    /// <summary>Takes a profile out of every segment.</summary>
    /// <param name="ordinal">The profile.</param>
    /// <param name="atMs">When it was erased, where it is still counted; null where the counts have that already.</param>
    /// <remarks>A record that says so comes before an erasure, but not in a fork that was made of what came before that record.</remarks>
    internal void Erase(int ordinal, long? atMs)
    {
        for (var plane = 0; atMs is not null && plane < Members.Planes; plane++)
        {
            for (var word = Members.Word(plane, ordinal); word != 0; word &= word - 1)
            {
                var segment = (plane * BitColumns.SegmentsInWord) + BitOperations.TrailingZeroCount(word);
                _image?.Keep(segment);
                _hours[segment].Add(atMs.Value, -1);
            }
        }

        Members.ClearProfile(ordinal);
    }

    /// <summary>Begins an image of all but the bits and the clock, in pages of one segment.</summary>
    /// <param name="isKept">Whether it stays right while this changes.</param>
    internal PagedImage BeginImage(bool isKept)
    {
        var image = new PagedImage(_hours.Count, Save);
        _image = isKept ? image : _image;
        return image;
    }

    /// <summary>Reads a part of an image.</summary>
    internal void Load(ref MessagePackReader reader)
    {
        while (!reader.End)
        {
            var segment = reader.ReadInt32();
            if (segment is < 0 or >= MembershipRecord.SegmentsMax)
            {
                throw new InvalidDataException("There cannot be so many segments.");
            }

            AddUpTo(segment);
            _builtFor[segment] = reader.ReadInt32();
            _hours[segment].Load(reader.ReadBytes()!.Value.FirstSpan);
        }
    }

    private void Save(int segment, IBufferWriter<byte> into)
    {
        var writer = new MessagePackWriter(into);
        writer.Write(segment);
        writer.Write(_builtFor[segment]);
        writer.Write(_hours[segment].Saved);
        writer.Flush();
    }

    private void AddUpTo(int segment)
    {
        while (_hours.Count <= segment)
        {
            _hours.Add(new HourlyCounts());
            _builtFor.Add(Unknown);
        }
    }
}
