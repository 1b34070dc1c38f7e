namespace Klaviyo.Samples.Commands;

internal sealed class VerifyCommand : ShellCommand
{
    internal VerifyCommand()
        : base("verify", "Reads everything back: every checksum, every derived answer against a rebuild.")
    {
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var report = await VerifyAsync(call, cancellationToken);
        call.Print.One(writer =>
        {
            writer.WriteBoolean("ok", report.Ok);
            writer.WriteNumber("records", report.Records);
            writer.WriteString("problem", report.Problem);
        });
        if (!report.Ok)
        {
            await call.Host.Error.WriteLineAsync(report.Problem);
        }

        return report.Ok ? 0 : 1;
    }

    private static async Task<VerifyReport> VerifyAsync(Call call, CancellationToken cancellationToken)
    {
        try
        {
            await using var store = await call.OpenToAskAsync(cancellationToken);
            var report = await store.VerifyAsync(cancellationToken);
            return store.Losses is [var first, ..] ? report with { Ok = false, Problem = report.Problem ?? first.Reason } : report;
        }
        catch (StoreCorruptedException damage)
        {
            // Damage in what an opening reads is found by the opening.
            return new VerifyReport(false, 0, damage.Message);
        }
    }
}
