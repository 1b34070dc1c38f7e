namespace Klaviyo.Samples.Commands;

internal sealed class CompactCommand : ShellCommand
{
    internal CompactCommand()
        : base("compact", "Takes every byte of erased profiles out of every file.")
    {
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        var done = await store.CompactAsync(cancellationToken);
        call.Print.One(writer =>
        {
            writer.WriteNumber("profiles", done.Profiles);
            writer.WriteNumber("records", done.Records);
            writer.WriteNumber("bytes", done.Bytes);
            writer.WriteNumber("files_deleted", done.FilesDeleted);
        });
        return 0;
    }
}
