using Klaviyo.Flows.Interpreter;

namespace Klaviyo.Tests.Flows.Cases;

// Netherite went on behind a record that it could not decode, with a state that might be wrong. Here an opening ends, and names the place.
public sealed class FlowDamageTests
{
    [TestCase("ff", TestName = "UnknownFormat")]
    [TestCase("01ff0101010101", TestName = "UnknownKind")]
    [TestCase("", TestName = "Empty")]
    [TestCase("again", TestName = "ARecordTwice")]
    public async Task Netherite_RecordThatMakesNoSense_EndsTheOpening_WithItsPlace(string record)
    {
        var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Delay("d", null, 1)));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        var bytes = record == "again" ? Last(world) : Convert.FromHexString(record);
        world.Platform.Store.Run(0, scope => scope.Append(bytes));
        await world.Platform.CommitAsync();
        Assert.That(async () => await world.CutPowerAsync(), Throws.TypeOf<StoreCorruptedException>().With.Message.Contains("lane"));
        await world.Platform.DisposeAsync();
    }

    private static byte[] Last(FlowWorld world)
    {
        var last = Array.Empty<byte>();
        world.Platform.Store.ReadExtension(0, r => last = r.ToArray(), default);
        Assert.That(last[0], Is.EqualTo(WalkCodec.Format));
        return last;
    }
}
