using CsCheck;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.State;

namespace Klaviyo.Tests.Flows.State;

public sealed class ProfileChainsTests
{
    // The oracle is a dictionary. Slots are taken by number, as replay does, or as the slab proposes.
    [Test]
    public void Items_TakenAndGivenBack_AreFoundByProfile()
    {
        var deeds = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 60], Gen.OneOf(Gen.Int[0, 5], Gen.Int[0, 1 << 20].Select(n => n << 10))).Array[1, 300];
        deeds.Sample(all =>
        {
            var items = new Slab<Run>();
            var chains = new ProfileChains<Run>(items);
            var oracle = new Dictionary<int, int>();
            foreach (var (op, number, ordinal) in all)
            {
                var slot = op < 2 ? items.Vacant() : number;
                if (!items.IsUsed(slot))
                {
                    Assert.That(oracle.ContainsKey(slot), Is.False);
                    items.Take(slot).Ordinal = ordinal;
                    chains.Add(slot);
                    oracle.Add(slot, ordinal);
                }
                else
                {
                    chains.Remove(slot);
                    items.Free(slot);
                    oracle.Remove(slot);
                }

                Assert.That(items.Count, Is.EqualTo(oracle.Count));
                Assert.That(items.IsUsed(items.Vacant()), Is.False);
                Assert.That(SlotsOf(chains, ordinal), Is.EquivalentTo(oracle.Where(o => o.Value == ordinal).Select(o => o.Key)));
            }

            foreach (var ordinal in oracle.Values.Distinct())
            {
                Assert.That(SlotsOf(chains, ordinal), Is.EquivalentTo(oracle.Where(o => o.Value == ordinal).Select(o => o.Key)));
            }
        });
    }

    [Test]
    public void Slots_ThatWereGivenBack_AreAllUsedAgain()
    {
        var items = new Slab<Run>();
        for (var i = 0; i < 10_000; i++)
        {
            items.Take(items.Vacant());
        }

        foreach (var slot in Enumerable.Range(0, 10_000).Where(i => i % 3 == 0))
        {
            items.Free(slot);
        }

        items.Take(9);
        for (var i = 1; i < 3334; i++)
        {
            items.Take(items.Vacant());
        }

        Assert.That((items.Count, items.End, items.Vacant()), Is.EqualTo((10_000, 10_000, 10_000)));
    }

    private static List<int> SlotsOf(ProfileChains<Run> chains, int ordinal)
    {
        var slots = new List<int>();
        for (var slot = chains.First(ordinal); slot >= 0; slot = chains.After(slot))
        {
            slots.Add(slot);
        }

        return slots;
    }
}
