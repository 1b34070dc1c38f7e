namespace Klaviyo.Samples.Commands;

internal sealed class StatsCommand : ShellCommand
{
    internal StatsCommand()
        : base("stats", "Prints counts and sizes of the store.")
    {
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenToAskAsync(cancellationToken);
        var stats = store.Stats();
        call.Print.One(writer =>
        {
            writer.WriteNumber("events", stats.Events);
            writer.WriteNumber("profiles", stats.Profiles);
            writer.WriteStartObject("metrics");
            foreach (var (metric, count) in stats.Metrics)
            {
                writer.WriteNumber(metric, count);
            }

            writer.WriteEndObject();
            writer.WriteNumber("log_bytes", stats.LogBytes);
            writer.WriteNumber("derived_bytes", stats.DerivedBytes);
            writer.WriteNumber("index_bytes", stats.IndexBytes);
            writer.WriteNumber("memory_bytes", stats.MemoryBytes);
            writer.WriteNumber("erased", stats.Erased);
            writer.WriteString("last_erased", stats.LastErased?.ToString());
        });
        return 0;
    }
}
