using Klaviyo.Channels;
using Klaviyo.Tests.Support;
using MimeKit;

namespace Klaviyo.Tests.Flows.Channels;

// Against a real server on loopback.
public sealed class SmtpChannelTests
{
    private static readonly FlowMessage Message = Some.Message("email", "ada@example.com") with
    {
        Subject = "Grüße ✓",
        Body = "<h1>Hi &amp; welcome</h1><p>See <a href=\"https://x.example/a?b=1&amp;c=2\">this</a>.</p>\n.\n..dots",
        Options = new PropertyMap { ["from_email"] = "shop@example.com", ["from_label"] = "The\r\nShop", ["reply_to_email"] = "help@example.com" },
    };

    [Test]
    public async Task Send_WholeMail()
    {
        await using var sink = new SmtpSink();
        await using var channel = new SmtpChannel(Options(sink) with
        {
            UserName = "user",
            Password = "secret",
            UnsubscribeAddress = "u+{token}@example.com",
        });
        var result = await channel.SendAsync(Message with { UnsubscribeUrl = "https://shop.example.com/u/abc" }, default);

        Assert.That(result, Is.EqualTo(ChannelResult.Delivered));
        var mail = sink.Mails.Single();
        var read = mail.Parse();
        Assert.That((mail.IsSecure, mail.To, sink.Logins), Is.EqualTo((true, new List<string> { "ada@example.com" }, new List<string> { "/user/secret" })));
        Assert.That((read.Subject, read.From.ToString(), read.ReplyTo.ToString()), Is.EqualTo(("Grüße ✓", "\"The Shop\" <shop@example.com>", "help@example.com")));
        Assert.That(read.MessageId, Is.EqualTo($"{Message.Key}@example.com"));
        Assert.That(read.Date, Is.EqualTo(Message.At.ToDateTimeOffset()));
        Assert.That(read.Headers[HeaderId.ListUnsubscribe], Is.EqualTo($"<https://shop.example.com/u/abc>, <mailto:u+{Message.Token}@example.com>"));
        Assert.That(read.Headers[HeaderId.ListUnsubscribePost], Is.EqualTo("List-Unsubscribe=One-Click"));
        Assert.That(read.HtmlBody!.ReplaceLineEndings("\n").TrimEnd(), Is.EqualTo(Message.Body));
        Assert.That(read.TextBody!.ReplaceLineEndings("\n").TrimEnd(), Is.EqualTo("Hi & welcome\n\nSee this (https://x.example/a?b=1&c=2).\n\n. ..dots"));
    }

    [Test]
    public async Task Send_NoMarketing_NamesNoWayToUnsubscribe()
    {
        await using var sink = new SmtpSink();
        await using var channel = new SmtpChannel(Options(sink) with { UnsubscribeAddress = "u+{token}@example.com" });
        await channel.SendAsync(Message with { Transactional = true, UnsubscribeUrl = "https://shop.example.com/u/abc" }, default);
        Assert.That(sink.Mails.Single().Parse().Headers.Contains(HeaderId.ListUnsubscribe), Is.False);
    }

    [TestCase(SmtpSecurity.ImplicitTls, true, true)]
    [TestCase(SmtpSecurity.StartTls, false, true)]
    [TestCase(SmtpSecurity.StartTlsWhenAvailable, false, true)]
    [TestCase(SmtpSecurity.None, false, false)]
    public async Task Send_BySecurity(SmtpSecurity security, bool implicitTls, bool isSecure)
    {
        await using var sink = new SmtpSink(implicitTls);
        await using var channel = new SmtpChannel(Options(sink) with { Security = security });
        await channel.SendAsync(Message, default);
        Assert.That(sink.Mails.Single().IsSecure, Is.EqualTo(isSecure));
    }

    [Test]
    public async Task Send_StartTlsNotOffered_OrCertificateNotTrusted_SendsNothing_AndTriesAgain()
    {
        await using var bare = new SmtpSink { OffersStartTls = false };
        await using var insisting = new SmtpChannel(Options(bare));
        Assert.That((await insisting.SendAsync(Message, default)).Outcome, Is.EqualTo(ChannelOutcome.Retry));
        await using var sink = new SmtpSink();
        await using var careful = new SmtpChannel(Options(sink) with { CertificateValidation = null });
        Assert.That((await careful.SendAsync(Message, default)).Outcome, Is.EqualTo(ChannelOutcome.Retry));
        Assert.That(bare.Mails.Concat(sink.Mails), Is.Empty);
    }

    [TestCase("RCPT", "550 no such user", ChannelOutcome.Failed)]
    [TestCase("RCPT", "450 greylisted", ChannelOutcome.Retry)]
    [TestCase("RCPT", "451 try later", ChannelOutcome.Retry)]
    [TestCase("MAIL", "421 too many", ChannelOutcome.Retry)]
    [TestCase("MAIL", "553 sender refused", ChannelOutcome.Failed)]
    [TestCase(".", "554 spam", ChannelOutcome.Failed)]
    [TestCase(".", "452 full", ChannelOutcome.Retry)]
    [TestCase("DATA", "close", ChannelOutcome.Retry)]
    [TestCase("MAIL", "close", ChannelOutcome.Retry)]
    [TestCase("EHLO", "close", ChannelOutcome.Retry)]
    [TestCase("AUTH", "535 wrong password", ChannelOutcome.Retry)]
    public async Task Send_ByReply(string verb, string reply, ChannelOutcome expected)
    {
        await using var sink = new SmtpSink { Answer = line => line.StartsWith(verb, StringComparison.Ordinal) ? reply : null };
        await using var channel = new SmtpChannel(Options(sink) with { UserName = "user" });
        var result = await channel.SendAsync(Message, default);
        Assert.That(result.Outcome, Is.EqualTo(expected), result.Reason);
        Assert.That(result.Reason, reply[0] == 'c' || verb == "AUTH" ? Is.Not.Empty : Does.Contain(reply[..3]));

        sink.Answer = _ => null;
        Assert.That(await channel.SendAsync(Message, default), Is.EqualTo(ChannelResult.Delivered), "the channel goes on");
    }

    // RFC 5321, 3.1: a server says 554 also in place of a greeting. What it says before it is given a mail it does not say of the mail.
    [TestCase("greeting", "554 no service here")]
    [TestCase("greeting", "421 too busy")]
    [TestCase("EHLO HELO", "550 not from there")]
    [TestCase("STARTTLS", "554 not now")]
    [TestCase("AUTH", "500 what?")]
    [TestCase("AUTH", "554 login is down")]
    public async Task Send_RefusedBeforeAMailIsGiven_IsTriedAgain(string verbs, string reply)
    {
        await using var sink = new SmtpSink { Answer = line => verbs.Split(' ').Any(v => line.StartsWith(v, StringComparison.Ordinal)) ? reply : null };
        sink.Greeting = verbs == "greeting" ? reply : sink.Greeting;
        await using var channel = new SmtpChannel(Options(sink) with { UserName = "user" });
        var result = await channel.SendAsync(Message, default);
        Assert.That((result.Outcome, result.IsBounce), Is.EqualTo((ChannelOutcome.Retry, false)), result.Reason);
        Assert.That(result.Reason, Does.Contain(reply[4..]));

        (sink.Greeting, sink.Answer) = ("220 sink ready", _ => null);
        Assert.That(await channel.SendAsync(Message, default), Is.EqualTo(ChannelResult.Delivered), "the channel goes on");
    }

    // RFC 3463: x.1.y says something of the address, x.2.y of the mailbox, x.7.y of a policy. Only who is not there has bounced.
    [TestCase("RCPT", "550 no such user", true)]
    [TestCase("RCPT", "551 moved", true)]
    [TestCase("RCPT", "553 no such name", true)]
    [TestCase("RCPT", "550 5.1.1 no such user", true)]
    [TestCase("RCPT", "550-5.1.1 The account\r\n550 5.1.1 does not exist", true)]
    [TestCase("RCPT", "550 5.1.10 no such user", true)]
    [TestCase("RCPT", "550 5.2.1 disabled", true)]
    [TestCase("RCPT", "550 5.7.1 we take nothing from 10.5.1.1", false)]
    [TestCase("RCPT", "550 5.1.8 the sender has no such domain", false)]
    [TestCase("RCPT", "552 5.2.2 full", false)]
    [TestCase("RCPT", "552 full", false)]
    [TestCase("RCPT", "554 no", false)]
    [TestCase("RCPT", "450 5.1.1 later", false)]
    [TestCase("MAIL", "550 5.1.1 not you", false)]
    [TestCase(".", "550 5.1.1 not this", false)]
    public async Task Send_ToWhoIsNotThere_HasBounced(string verb, string reply, bool bounced)
    {
        foreach (var extensions in new[] { "", "250-ENHANCEDSTATUSCODES\r\n250-PIPELINING\r\n" })
        {
            await using var sink = new SmtpSink { Extensions = extensions, Answer = line => line.StartsWith(verb, StringComparison.Ordinal) ? reply : null };
            await using var channel = new SmtpChannel(Options(sink));
            var result = await channel.SendAsync(Message, default);
            Assert.That(result.IsBounce, Is.EqualTo(bounced), result.Reason);
            Assert.That(result.Outcome, Is.EqualTo(reply[0] == '4' ? ChannelOutcome.Retry : ChannelOutcome.Failed));
        }
    }

    [Test]
    public async Task Send_CopyToWhoIsNotThere_SaysNothingOfTheProfile()
    {
        await using var sink = new SmtpSink { Answer = line => line.StartsWith("RCPT TO:<boss@", StringComparison.Ordinal) ? "550 5.1.1 no such user" : null };
        await using var channel = new SmtpChannel(Options(sink));
        var result = await channel.SendAsync(Message with { Options = new PropertyMap { ["cc_email"] = "boss@example.com" } }, default);
        Assert.That((result.Outcome, result.IsBounce), Is.EqualTo((ChannelOutcome.Failed, false)));
    }

    [TestCase("not an address")]
    [TestCase("ada")]
    public async Task Send_WhatIsNoAddress_Fails(string to)
    {
        await using var sink = new SmtpSink();
        await using var channel = new SmtpChannel(Options(sink));
        Assert.That((await channel.SendAsync(Message with { To = to }, default)).Outcome, Is.EqualTo(ChannelOutcome.Failed));
        Assert.That(sink.Connections, Is.Zero);
    }

    // Consent belongs to the identifier: a mail must not reach a mailbox by another name for it.
    [TestCase("victim(1)@example.com", false)]
    [TestCase("\"victim\"@example.com", false)]
    [TestCase("victim@(1)example.com", false)]
    [TestCase("o'brien+news@example.com", true)]
    [TestCase("ada@xn--bcher-kva.example", true)]
    public async Task Send_ToAnAddressThatMeansAnother_Fails(string to, bool isSent)
    {
        await using var sink = new SmtpSink();
        await using var channel = new SmtpChannel(Options(sink));
        var result = await channel.SendAsync(Message with { To = Identifier.Email(to).Value }, default);
        Assert.That(result.Outcome, Is.EqualTo(isSent ? ChannelOutcome.Delivered : ChannelOutcome.Failed), result.Reason);
        Assert.That(sink.Mails.Count, Is.EqualTo(isSent ? 1 : 0));
    }

    [Test]
    public async Task Send_AddressOrSubjectWithLineBreaks_AddsNoHeader()
    {
        await using var sink = new SmtpSink();
        await using var channel = new SmtpChannel(Options(sink));
        await channel.SendAsync(Message with { To = "ada@example.com\r\nBcc: eve@example.com" }, default);
        await channel.SendAsync(Message with { Subject = "Hi\r\nBcc: eve@example.com" }, default);
        Assert.That(sink.Mails.SelectMany(m => m.To), Has.None.EqualTo("eve@example.com"));
        Assert.That(sink.Mails.Select(m => m.Parse().Bcc.Count + m.Parse().Cc.Count), Is.All.EqualTo(0));
    }

    [Test]
    public async Task Connections_AreKeptAndShared_AndNeverMoreThanAllowed()
    {
        await using var sink = new SmtpSink();
        await using var channel = new SmtpChannel(Options(sink) with { ConnectionsMax = 3 });
        await Parallel.ForEachAsync(Enumerable.Range(0, 40), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancel) =>
            Assert.That(await channel.SendAsync(Message with { Subject = $"{i}" }, cancel), Is.EqualTo(ChannelResult.Delivered)));
        Assert.That(sink.Mails.Select(m => m.Parse().Subject), Is.EquivalentTo(Enumerable.Range(0, 40).Select(i => $"{i}")));
        Assert.That(sink.Connections, Is.InRange(1, 3));
    }

    [Test]
    public async Task Connection_ThatTheServerClosed_IsReplaced()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var sink = new SmtpSink();
        await using var channel = new SmtpChannel(Options(sink) with { Clock = clock });
        await channel.SendAsync(Message, default);
        sink.CloseConnections();
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.That(await channel.SendAsync(Message, default), Is.EqualTo(ChannelResult.Delivered));
        Assert.That(sink.Connections, Is.EqualTo(2));
    }

    [Test]
    public async Task Timeout_IsARetry_ACancellationIsNone()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        using var stop = new CancellationTokenSource();
        await using var sink = new SmtpSink
        {
            Answer = line =>
            {
                clock.Advance(TimeSpan.FromSeconds(line.StartsWith("EHLO", StringComparison.Ordinal) ? 30 : 0));
                return null;
            },
        };
        await using var channel = new SmtpChannel(Options(sink) with { Clock = clock });
        var late = await channel.SendAsync(Message, default);
        Assert.That((late.Outcome, late.Reason), Is.EqualTo((ChannelOutcome.Retry, "No answer within 30 s.")));
        await stop.CancelAsync();
        Assert.That(async () => await channel.SendAsync(Message, stop.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Options_OutOfRange_AreRefusedByName()
    {
        var good = new SmtpChannelOptions { Host = "localhost", From = "a@b.example" };
        foreach (var (bad, name) in new[]
        {
            (good with { Host = "" }, "Host"), (good with { Port = 0 }, "Port"), (good with { From = "x" }, "From"),
            (good with { ConnectionsMax = 0 }, "ConnectionsMax"), (good with { Timeout = TimeSpan.Zero }, "Timeout"),
            (good with { Dkim = new DkimKey { Domain = "b.example", Selector = "s", PrivateKey = "no key" } }, "Dkim.PrivateKey"),
            (good with { Dkim = new DkimKey { Domain = "", Selector = "s", PrivateKey = "" } }, "Dkim.Domain"),
            (good with { Dkim = new DkimKey { Domain = "b.example", Selector = "", PrivateKey = "" } }, "Dkim.Selector"),
        })
        {
            Assert.That(() => new SmtpChannel(bad), Throws.InstanceOf<ArgumentException>().With.Message.Contains(name));
        }
    }

    private static SmtpChannelOptions Options(SmtpSink sink) => new()
    {
        Host = "127.0.0.1",
        Port = sink.Port,
        From = "news@example.com",
        CertificateValidation = (_, certificate, _, _) => certificate?.GetCertHashString() == SmtpSink.Certificate.GetCertHashString(),
    };
}
