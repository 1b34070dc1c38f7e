using CsCheck;
using Klaviyo.Flows.Interpreter;

namespace Klaviyo.Tests.Flows.Interpreter;

public sealed class WalkCodecTests
{
    private static readonly DecisionKind[] Moves =
    [
        DecisionKind.Refuse, DecisionKind.Enter, DecisionKind.Wait, DecisionKind.Resume, DecisionKind.Branch, DecisionKind.Send,
        DecisionKind.Skip, DecisionKind.Update, DecisionKind.Await, DecisionKind.Park, DecisionKind.Release, DecisionKind.Cancel,
        DecisionKind.Migrate, DecisionKind.Queue,
    ];

    private static readonly Gen<Instant> Instants =
        Gen.Long[Instant.MinValue.UnixMs, Instant.MaxValue.UnixMs].Select(Instant.FromUnixMs);

    private static readonly Gen<Transition[]> Walks = Gen.Select(
        Gen.Int[0, int.MaxValue - 1], Gen.Long[0, 1L << 40], Gen.Int[1, 1 << 20], Instants, Gen.Int[-1, 100],
        Gen.Select(Gen.Int[0, Moves.Length - 1], Gen.Int[-1, 100], Instants, Gen.String[Gen.Char.AlphaNumeric, 0, 9], Gen.Bool).Array[1, 9],
        (slot, run, seq, at, from, steps) =>
        {
            var walk = new Transition[steps.Length];
            for (var i = 0; i < walk.Length; i++)
            {
                var (kind, to, due, text, sets) = steps[i];
                walk[i] = Of(Moves[kind], slot, run, seq + i, at, from, to, due, text, sets);
                from = to;
            }

            return walk;
        });

    [Test]
    public void Read_WhatWasWritten_IsTheSame() => Walks.Sample(walk => Assert.That(Read(Bytes(walk)), Is.EqualTo(walk)));

    [Test]
    public void Blank_LeavesWhatIsCounted_AndNothingElse()
    {
        Walks.Sample(walk =>
        {
            var record = Bytes(walk);
            var blank = record.ToArray();
            WalkCodec.Blank(blank);
            var zero = Instant.FromUnixMs(0);
            Assert.That(Read(blank), Is.EqualTo(walk.Select(t => t with
            {
                At = zero,
                Due = zero == t.Due || t.Kind is DecisionKind.Wait or DecisionKind.Await or DecisionKind.Migrate or DecisionKind.Queue ? zero : t.Due,
                Migration = t.Kind == DecisionKind.Migrate ? t.Migration with { Arrived = zero } : default,
                Detail = t.Detail is null ? null : new string(' ', t.Detail.Length),
                Variables = t.Variables is null ? null : [],
            })));
        });
    }

    [Test]
    public void Read_CutOrStrangeBytes_IsInvalidData()
    {
        Gen.Select(Walks, Gen.Int[0, 60], Gen.Byte.Array[0, 60]).Sample((walk, cut, strange) =>
        {
            foreach (var bytes in new[] { Bytes(walk)[..Math.Min(cut, Bytes(walk).Length)], [WalkCodec.Format, .. strange] })
            {
                try
                {
                    Read(bytes);
                }
                catch (InvalidDataException)
                {
                    // The only exception that bytes may cause.
                }
            }
        });
    }

    // The bytes stand in logs: this case fails when the format changes without a new number.
    [Test]
    public void Write_EnterAndWait_AreTheseBytes()
    {
        var at = Instant.FromUnixMs(1000);
        var enter = Of(DecisionKind.Enter, 1, 300, 2, at, -1, 0, default, "", false);
        var wait = Of(DecisionKind.Wait, 1, 300, 3, at, 0, 0, at.PlusMs(3_600_000), "", false);
        Assert.That(Convert.ToHexStringLower(Bytes([enter, wait])), Is.EqualTo("0201ac020200d00f0301040180bab703"));
    }

    private static Transition Of(
        DecisionKind kind, int slot, long run, int seq, Instant at, int from, int to, Instant due, string text, bool sets)
    {
        return new Transition
        {
            Kind = kind,
            Slot = slot,
            Run = run,
            Seq = seq,
            At = at,
            From = from,
            To = to,
            Due = kind is DecisionKind.Wait or DecisionKind.Await or DecisionKind.Migrate or DecisionKind.Queue ? due : default,
            Migration = kind == DecisionKind.Migrate ? new RunMigration(seq, (RunStatus)(seq % 5), due) : default,
            Message = kind == DecisionKind.Send ? slot / 2 : 0,
            Reason = kind is DecisionKind.Skip or DecisionKind.Refuse ? SkipReason.NoConsent : SkipReason.None,
            Detail = kind is DecisionKind.Skip or DecisionKind.Refuse or DecisionKind.Park or DecisionKind.Cancel or DecisionKind.Queue ? text : null,
            Variables = sets ? new PropertyMap { ["n"] = seq, ["at"] = at, ["text"] = text } : null,
        };
    }

    private static byte[] Bytes(Transition[] walk)
    {
        var writer = new ByteWriter();
        WalkCodec.WriteHead(writer, walk[0]);
        foreach (var transition in walk)
        {
            WalkCodec.Write(writer, transition);
        }

        return writer.Written.ToArray();
    }

    private static List<Transition> Read(ReadOnlySpan<byte> record)
    {
        var read = new List<Transition>();
        var walk = WalkCodec.Read(record);
        while (walk.MoveNext())
        {
            read.Add(walk.Current);
        }

        return read;
    }
}
