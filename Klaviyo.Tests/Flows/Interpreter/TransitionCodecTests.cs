using CsCheck;
using Klaviyo.Flows.Interpreter;

namespace Klaviyo.Tests.Flows.Interpreter;

public sealed class TransitionCodecTests
{
    private static readonly Gen<Instant> Instants =
        Gen.Long[Instant.MinValue.UnixMs, Instant.MaxValue.UnixMs].Select(Instant.FromUnixMs);

    [Test]
    public void Read_WhatWasWritten_IsTheSame()
    {
        Gen.Select(Gen.Int[1, 22], Gen.Int[0, int.MaxValue - 1], Gen.Long[0, 1L << 48], Instants, Instants, Gen.String, Gen.Int[0, 11])
            .Sample((kind, number, run, at, due, text, reason) =>
            {
                var transition = Of((DecisionKind)kind, number, run, at, due, text, (SkipReason)reason);
                Assert.That(TransitionCodec.Read(Bytes(transition)), Is.EqualTo(transition));
            });
    }

    [Test]
    public void Read_CutOrStrangeBytes_IsInvalidData()
    {
        var whole = Bytes(Of(DecisionKind.Trigger, 5, 6, Instant.MinValue, Instant.MaxValue, "", SkipReason.None));
        for (var length = 0; length < whole.Length; length++)
        {
            var cut = whole[..length];
            Assert.That(() => TransitionCodec.Read(cut), Throws.TypeOf<InvalidDataException>());
        }

        Gen.Byte.Array[0, 60].Sample(bytes =>
        {
            try
            {
                TransitionCodec.Read(bytes);
            }
            catch (InvalidDataException)
            {
                // The only exception that bytes may cause.
            }
        });
        Assert.That(() => TransitionCodec.Read([.. whole, 0]), Throws.TypeOf<InvalidDataException>());
    }

    // The bytes stand in logs: this case fails when the format changes without a new number.
    [Test]
    public void Write_AWait_IsTheseBytes()
    {
        var wait = new Transition
        {
            Kind = DecisionKind.Wait,
            Slot = 1,
            Run = 300,
            Seq = 4,
            At = Instant.FromUnixMs(1),
            From = 2,
            To = 2,
            Due = Instant.FromUnixMs(-1),
        };
        Assert.That(Convert.ToHexStringLower(Bytes(wait)), Is.EqualTo("010401ac020403030201"));
    }

    private static Transition Of(
        DecisionKind kind, int number, long run, Instant at, Instant due, string text, SkipReason reason)
    {
        var detail = new string([.. text.Where(c => !char.IsSurrogate(c))]);
        return new Transition
        {
            Kind = kind,
            Slot = number,
            Run = run,
            Seq = number,
            At = at,
            From = number - 1,
            To = number / 2 - 1,
            Due = kind is DecisionKind.Trigger or DecisionKind.Wait or DecisionKind.Await or DecisionKind.Retry or DecisionKind.Requeue ? due : default,
            Start = kind == DecisionKind.Trigger ? new RunStart(number, 1, 2, number % 2 == 0 ? new EventId(run) : null, number % 64, number % 7 == 0) : default,
            Message = kind == DecisionKind.Send ? number : 0,
            Reason = kind is DecisionKind.Skip or DecisionKind.Refuse or DecisionKind.Withdraw ? reason : SkipReason.None,
            Variables = number % 3 == 0 ? new PropertyMap { ["n"] = number, ["at"] = at, ["text"] = detail } : null,
            Detail = kind is DecisionKind.Skip or DecisionKind.Retry or DecisionKind.Fail or DecisionKind.Withdraw
                or DecisionKind.Park or DecisionKind.Cancel or DecisionKind.DeadLetter or DecisionKind.Uncertain or DecisionKind.Drop
                ? detail
                : null,
        };
    }

    private static byte[] Bytes(in Transition transition)
    {
        var writer = new ByteWriter();
        TransitionCodec.Write(writer, transition);
        return writer.Written.ToArray();
    }
}
