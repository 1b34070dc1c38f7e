namespace Klaviyo.Samples.Commands;

/// <summary>Files that a command reads; <c>-</c> is standard input.</summary>
internal static class InputFile
{
    internal static Stream Open(Call call, string name) =>
        name == "-" ? new InterruptibleStream(call.Host.Input) : File.OpenRead(name);

    internal static async Task<string> ReadAsync(Call call, string name, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(Open(call, name));
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
