using Klaviyo.Json;
using Klaviyo.Storage.Checkpoints;
using Klaviyo.Storage.Cold;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;
using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Storage.Checkpoints;

public sealed class StoreFramesTests
{
    // Some dozens of profiles with millions of events each would make a frame that no array holds.
    [Test]
    public void FrameOfLargeProfiles_EndsByItsBytes()
    {
        const int Profiles = 6;
        const int Rows = 400_000;
        var files = new SimulatedFiles(1);
        using var state = new StoreState(
            1, AccountZone.Of("UTC"), Guid.Empty, _ => new ColdFiles(files, "lane-0/cold.", 1, 1 << 20), null, DefinitionEnvironment.Empty);
        var profiles = state.Lanes[0].Profiles;
        for (var ordinal = 0; ordinal < Profiles; ordinal++)
        {
            profiles.Add();
            profiles.RestoreRows(ordinal, Rows, TimelineShape.Narrowest);
        }

        var (frames, lengths) = (new StoreFrames(state, [null]), new List<int>());
        while (frames.NextProfiles(0, 1 << 20) is { } frame)
        {
            lengths.Add(frame.Payload.Length);
        }

        var one = Rows * TimelineShape.Narrowest.RowBytes;
        Assert.That(lengths, Has.Count.GreaterThan(1));
        Assert.That(lengths, Has.All.LessThan(StoreFrames.ProfileBytesMax + one));
        Assert.That(lengths.Sum(), Is.GreaterThan(Profiles * one));
    }
}
