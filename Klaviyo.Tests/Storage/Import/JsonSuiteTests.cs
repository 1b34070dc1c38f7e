using System.Text;
using System.Text.Json;
using Klaviyo.Json;
using Klaviyo.Storage.Import;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Storage.Import;

// JSONTestSuite: y_ must be accepted, n_ refused, i_ either. Each is put into a message as a property value.
public sealed class JsonSuiteTests
{
    // A property has a name: PropertyMap takes no empty one, so it is refused, and says so.
    private const string Adapted = "y_object_empty_key.json";

    private static readonly SegmentFormat Format = new();

    [Test]
    public void SoundValue_IsAccepted_AndReadAsWritten()
    {
        foreach (var (name, json) in Files("y_*.json").Where(f => f.Name != Adapted))
        {
            // A line end is a blank to JSON, but ends a line.
            var items = Imported.Read(
                Format,
                Message([.. json.Select(b => b is (byte)'\n' or (byte)'\r' ? (byte)' ' : b)]));
            Assert.That(Imported.Outline(items), Is.EqualTo("1 E"), name);

            using var document = JsonDocument.Parse(json);
            var value = ((CustomerEvent)items[0].Write!).Properties["v"];
            Assert.That(value, Is.EqualTo(PropertyJson.ToValue(document.RootElement)), name);
        }
    }

    [Test]
    public void DamagedValue_IsRefused()
    {
        foreach (var (name, json) in Files("n_*.json"))
        {
            var items = Imported.Read(Format, Message(json));
            Assert.That(items, Is.Not.Empty, name);
            Assert.That(items.Select(i => i.Write), Has.All.Null, name);
        }
    }

    [Test]
    public void DoubtfulValue_IsAcceptedOrRefused()
    {
        foreach (var (name, json) in Files("i_*.json"))
        {
            Assert.That(Imported.Read(Format, Message(json)), Is.Not.Empty, name);
        }
    }

    [Test]
    public void EmptyName_IsRefused()
    {
        var rejection = Imported.Refused(Format, Encoding.UTF8.GetString(Message("{\"\":0}"u8.ToArray())));
        Assert.That(rejection, Is.EqualTo(new Rejection(1, "properties.v", "A property name is empty.")));
    }

    [Test]
    public void AnyFile_AsAWholeStream_GivesItemsOnly()
    {
        foreach (var (name, json) in Files("*.json"))
        {
            foreach (var format in new ImportFormat[] { Format, new KlaviyoFormat() })
            {
                var items = new List<ImportItem>();
                Assert.That(() => items.AddRange(Imported.Read(format, json)), Throws.Nothing, name);
                Assert.That(items.Select(i => i.Write), Has.All.Null, name);
                Assert.That(ImportFormat.Detect(json), Is.Null, name);
            }
        }
    }

    private static byte[] Message(byte[] value) =>
        [.. "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"properties\":{\"v\":"u8, .. value, .. "}}"u8];

    private static IEnumerable<(string Name, byte[] Json)> Files(string pattern)
    {
        var folder = Path.GetDirectoryName(SharedCases.Path("cases", "json", "test_parsing", "y_array_empty.json"))!;
        return Directory.EnumerateFiles(folder, pattern).Select(f => (Path.GetFileName(f), File.ReadAllBytes(f)));
    }
}
