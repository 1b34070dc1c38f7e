using System.Buffers;
using CsCheck;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Records;
using MessagePack;

namespace Klaviyo.Tests.Storage.Records;

/// <summary>Our reader and writer of MessagePack beside the library's: the bytes are MessagePack, and the shortest.</summary>
public sealed class PayloadTests
{
    [Test]
    public void Write_AnyNumber_IsWhatTheLibraryWrites()
    {
        Gen.Long.Array.Sample(numbers =>
        {
            var ours = new PayloadWriter();
            Array.ForEach(numbers, ours.Write);
            Assert.That(ours.Written.ToArray(), Is.EqualTo(Library((ref MessagePackWriter w) =>
            {
                foreach (var number in numbers)
                {
                    w.Write(number);
                }
            })));
        });
    }

    [TestCase("")]
    [TestCase("Paris")]
    [TestCase("31 characters, the longest short")]
    [TestCase("Zürich, 10 ünïcödé lëttërs")]
    [TestCase("\ud83d\ude00 and a lone \ud800")]
    public void Write_Text_IsWhatTheLibraryWrites(string text)
    {
        foreach (var repeated in new[] { 1, 3, 60, 3000 })
        {
            var value = string.Concat(Enumerable.Repeat(text, repeated));
            var ours = new PayloadWriter();
            ours.Write(value);
            Assert.That(ours.Written.ToArray(), Is.EqualTo(Library((ref MessagePackWriter w) => w.Write(value))));
        }
    }

    [Test]
    public void Value_AnyTree_ReadsBackTheSame()
    {
        Values().Sample(value =>
        {
            var names = new NameTable();
            var writer = new RecordWriter(names, name => names.Add(name));
            var map = new PropertyMap { ["before"] = value, ["asked"] = value, ["behind"] = 1 };
            var sent = Sent(map);
            var payload = writer.Event(7, sent, sent.Time!.Value).ToArray();
            _ = names.TryGetCode("asked", out var code);
            Assert.That(EventRecord.ReadProperty(payload, code, names, new RecentStrings()), Is.EqualTo(value));
            Assert.That(EventRecord.ReadAll(payload, default, names).Properties, Is.EqualTo(map));
            Assert.That(EventRecord.HasUniqueId(payload, "e-1"), Is.True);
            Assert.That(EventRecord.HasUniqueId(payload, "e-10"), Is.False);
        });
    }

    [Test]
    public void Read_BytesThatEndTooEarly_Throws()
    {
        var names = new NameTable();
        var writer = new RecordWriter(names, name => names.Add(name));
        var sent = Sent(new PropertyMap { ["text"] = "some text", ["list"] = new PropertyValue[] { 1, "two" } });
        var payload = writer.Event(7, sent, sent.Time!.Value).ToArray();
        for (var length = 0; length < payload.Length; length++)
        {
            var cut = payload.AsMemory(0, length);
            Assert.That(() => EventRecord.ReadAll(cut.Span, default, names), Throws.TypeOf<InvalidDataException>());
        }
    }

    [Test]
    public void NameCodes_OtherObjectsAndNewNames_AreFound()
    {
        var names = new NameTable();
        var codes = new NameCodes(names);
        Assert.That(codes.TryGet("City", out _), Is.False);
        for (var i = 0; i < 3000; i++)
        {
            names.Add($"name {i}");
        }

        for (var i = 0; i < 6000; i++)
        {
            Assert.That(codes.TryGet($"name {i % 3000}", out var code), Is.True);
            Assert.That(code, Is.EqualTo(i % 3000));
        }
    }

    private delegate void Writing(ref MessagePackWriter writer);

    private static byte[] Library(Writing write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        write(ref writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static CustomerEvent Sent(PropertyMap properties) => new()
    {
        Profile = ["email:ada@example.com"],
        Metric = "Placed Order",
        Time = Instant.FromUnixMs(1_790_000_000_123),
        Value = 12.5,
        UniqueId = "e-1",
        Properties = properties,
    };

    private static Gen<PropertyValue> Values()
    {
        var scalar = Gen.OneOf<PropertyValue>(
            Gen.Const(PropertyValue.Null),
            Gen.Bool.Select(PropertyValue.FromBoolean),
            Gen.Double.Where(double.IsFinite).Select(PropertyValue.FromNumber),
            Gen.Int.Select(i => PropertyValue.FromNumber(i)),
            Gen.String.Where(s => !s.Any(char.IsSurrogate)).Select(PropertyValue.FromString),
            Gen.Long[-1_000_000_000_000, 1_000_000_000_000].Select(ms => PropertyValue.FromInstant(Instant.FromUnixMs(ms))));
        return Gen.Recursive<PropertyValue>((depth, inner) => depth > 2 ? scalar : Gen.Frequency(
            (3, scalar),
            (1, inner.Array[0, 17].Select(items => PropertyValue.FromList(items))),
            (1, inner.Array[0, 17].Select(items =>
            {
                var map = new PropertyMap();
                for (var i = 0; i < items.Length; i++)
                {
                    map[$"name {i}"] = items[i];
                }

                return PropertyValue.FromObject(map);
            }))));
    }
}
