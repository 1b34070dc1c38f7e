using Klaviyo.Storage.Cold;
using Klaviyo.Storage.Index;
using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Storage.Index;

// Slots leave memory where profiles are many: each is found again as it was left, and what is taken is what is allowed.
public sealed class SlotPagesTests
{
    [Test]
    public void RandomSlots_WhilePagesLeaveAndReturn_AreAsLeft([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        var files = new SimulatedFiles(seed);
        using var cold = new ColdFiles(files, "lane-0/cold.", 7, fileBytesMax: 64 << 10);
        using var slots = new SlotPages(cold);
        var model = new List<(long Created, ColdPlace Facts)>();
        for (var step = 0; step < 20_000; step++)
        {
            var ordinal = model.Count == 0 ? 0 : random.Next(model.Count);
            switch (random.Next(10))
            {
                case < 3 when model.Count < 5000:
                    ordinal = slots.Add();
                    slots[ordinal].CreatedMs = step;
                    model.Add((step, default));
                    break;
                case < 6 when model.Count > 0:
                    slots[ordinal].ColdFacts = new ColdPlace((ulong)step);
                    model[ordinal] = (model[ordinal].Created, new ColdPlace((ulong)step));
                    break;
                case < 9 when model.Count > 0 && slots.IsInMemory(ordinal):
                    slots.TryEvict(ordinal);
                    break;
                case 9:
                    slots.Tidy();
                    break;
            }

            if (model.Count > 0)
            {
                ordinal = random.Next(model.Count);
                Assert.That((slots[ordinal].CreatedMs, slots[ordinal].ColdFacts), Is.EqualTo(model[ordinal]));
            }
        }

        Assert.That(cold.Bytes, Is.GreaterThan(0), "nothing left, so nothing was tested");
        foreach (var file in cold.All.Where(f => f != cold.UnderWay))
        {
            for (var offset = 0L; cold.TryReadNext(file, ref offset, out var place, out var record);)
            {
                slots.TakeBack(record.Ordinal, place);
            }
        }

        Assert.That(cold.Living, Is.SubsetOf([cold.UnderWay]), "what is taken back lives there no more");
        Assert.That(Enumerable.Range(0, model.Count).Select(i => (slots[i].CreatedMs, slots[i].ColdFacts)), Is.EqualTo(model));
    }

    [Test]
    public void PageThatIsNotChanged_IsNotWrittenAgain()
    {
        using var cold = new ColdFiles(new SimulatedFiles(1), "lane-0/cold.", 7, fileBytesMax: 64 << 10);
        using var slots = new SlotPages(cold);
        slots[slots.Add()].CreatedMs = 5;
        slots.TryEvict(0);
        var written = cold.Bytes;
        _ = slots[0].CreatedMs;
        slots.TryEvict(0);
        Assert.That((cold.Bytes, slots.IsInMemory(0)), Is.EqualTo((written, false)));
        slots[0].CreatedMs = 6;
        slots.TryEvict(0);
        Assert.That((cold.Bytes, slots[0].CreatedMs), Is.EqualTo((written * 2, 6)));
    }

    [Test]
    public void Pages_ThatLeft_GiveTheirRoomBack()
    {
        using var cold = new ColdFiles(new SimulatedFiles(1), "lane-0/cold.", 7, fileBytesMax: 64 << 20);
        using var slots = new SlotPages(cold);
        for (var i = 0; i < 200_000; i++)
        {
            slots[slots.Add()].CreatedMs = i;
        }

        var before = slots.PagesBytes + slots.OtherBytes;
        for (var i = 1000; i < slots.Count; i += SlotPages.PageSlots)
        {
            slots.TryEvict(i);
        }

        slots.Tidy();
        Assert.That(slots.PagesBytes + slots.OtherBytes, Is.LessThan(before / 8));
        Assert.That(Enumerable.Range(0, 2000).Select(i => slots[i].CreatedMs), Is.EqualTo(Enumerable.Range(0, 2000)));
    }

    [Test]
    public void DamagedPage_IsNamed_AndLeavesTheOthers()
    {
        var files = new SimulatedFiles(1);
        using var cold = new ColdFiles(files, "lane-0/cold.", 7, fileBytesMax: 64 << 10);
        using var slots = new SlotPages(cold);
        for (var i = 0; i < 2 * SlotPages.PageSlots; i++)
        {
            slots[slots.Add()].CreatedMs = i;
        }

        slots.TryEvict(0);
        slots.TryEvict(SlotPages.PageSlots);
        cold.Flush();
        using (var file = files.Open("lane-0/cold.1"))
        {
            file.Write(ColdRecord.HeaderBytes + 3, [0x77]);
        }

        Assert.That(() => slots[1].CreatedMs, Throws.TypeOf<StoreCorruptedException>().With.Message.Contains("cold.1"));
        Assert.That((slots.IsInMemory(1), slots[SlotPages.PageSlots + 1].CreatedMs), Is.EqualTo((false, SlotPages.PageSlots + 1)));
    }

    [Test]
    public void Index_OfVeryManySmallProfiles_TakesWhatItMay()
    {
        const int Profiles = 60_000;
        const int BytesMax = 2 << 20;
        using var cold = new ColdFiles(new SimulatedFiles(1), "lane-0/cold.", 7, fileBytesMax: 64 << 20);
        using var index = new ProfileIndex(cold) { BytesMax = BytesMax };
        var most = 0L;
        for (var i = 0; i < Profiles; i++)
        {
            index.AddRow(index.Add(), new TimelineRow(i, 1, 4 * i, 1, 0));
            index.Settle();
            most = Math.Max(most, index.Bytes - cold.MemoryBytes);
        }

        Assert.That(most, Is.LessThan(BytesMax * 6 / 5), "of slots alone it would be 3.8 million bytes");
        for (var i = 0; i < Profiles; i += 7)
        {
            Assert.That(index.Rows(i).Rows.Row(0).TimeMs, Is.EqualTo(i));
            index.Settle();
        }
    }
}
