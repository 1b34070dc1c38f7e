using System.CommandLine;

namespace Klaviyo.Samples;

/// <summary>One call of a command: its arguments, its store, its answer.</summary>
internal sealed class Call(ParseResult parsed, ShellHost host, CommonOptions common)
{
    internal ShellHost Host => host;

    /// <summary>Gets the printer of the answer.</summary>
    internal Printer Print { get; } = new(host, asJson: parsed.GetValue(common.Json) || !host.IsTerminal);

    /// <summary>Gets the instant to answer for; null for now.</summary>
    internal Instant? AsOf => parsed.GetValue(common.AsOf);

    internal T? Value<T>(Option<T> option) => parsed.GetValue(option);

    internal T Value<T>(Argument<T> argument) => parsed.GetValue(argument)!;

    internal Identifier Key(Argument<string> argument) => Key(Value(argument));

    internal static Identifier Key(string text)
    {
        return text.Contains(':', StringComparison.Ordinal)
            ? Identifier.Parse(text)
            : throw new UsageException($"'{text}' is not KIND:VALUE, e.g. email:ada@example.com or external_id:17850.");
    }

    /// <summary>Opens the store to write to it.</summary>
    internal ValueTask<CustomerPlatform> OpenAsync(CancellationToken cancellationToken)
    {
        return IsSalvage
            ? throw new UsageException("--salvage only reads: this command writes, or is about flows.")
            : CustomerPlatform.OpenAsync(Directory, WithCommon(new CustomerPlatformOptions()), cancellationToken);
    }

    /// <summary>Opens the store to ask it: a question makes no store.</summary>
    internal ValueTask<CustomerPlatform> OpenExistingAsync(CancellationToken cancellationToken)
    {
        return System.IO.Directory.Exists(Directory) && System.IO.Directory.EnumerateFileSystemEntries(Directory).Any()
            ? OpenAsync(cancellationToken)
            : throw new IOException($"There is no store in '{Directory}'; import something first.");
    }

    /// <summary>Opens the store for a question that needs no flows; a damaged one where that is asked for.</summary>
    internal async ValueTask<CustomerDatabase> OpenToAskAsync(CancellationToken cancellationToken)
    {
        if (!IsSalvage)
        {
            return await OpenExistingAsync(cancellationToken);
        }

        var store = await CustomerDatabase.SalvageAsync(Directory, WithCommon(new CustomerDatabaseOptions()), cancellationToken);
        foreach (var loss in store.Losses)
        {
            await host.Error.WriteLineAsync($"{loss.File}: {loss.Reason}");
        }

        return store;
    }

    /// <summary>Tells what a definition names and the store does not know.</summary>
    internal async Task WarnAsync(IReadOnlyList<DefinitionWarning> warnings)
    {
        foreach (var warning in warnings)
        {
            await host.Error.WriteLineAsync($"Warning: {warning}");
        }
    }

    /// <summary>Refuses a file in the directory of the store: whoever is erased later would stay in it.</summary>
    internal void ThrowIfInStore(Option<string> option)
    {
        if (parsed.GetValue(option) is { } path && IsInside(Real(path), Real(Directory)))
        {
            throw new UsageException($"{option.Name}: '{path}' lies in the store's own directory; take one outside of it.");
        }
    }

    private static bool IsInside(string path, string directory)
    {
        var way = Path.GetRelativePath(directory, path);
        return !Path.IsPathRooted(way) && way.Split(Path.DirectorySeparatorChar)[0] != "..";
    }

    private static string Real(string path)
    {
        var full = Path.GetFullPath(path);
        var here = Path.GetDirectoryName(full) is { } parent ? Path.Combine(Real(parent), Path.GetFileName(full)) : full;
        var file = new FileInfo(here);
        return file.LinkTarget is null ? here : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }

    private bool IsSalvage => parsed.GetValue(common.Salvage);

    private T WithCommon<T>(T options)
        where T : CustomerDatabaseOptions
    {
        options = (T)(options with { TimeZone = parsed.GetValue(common.Zone) ?? "UTC" });
        return parsed.GetValue(common.Memory) is { } bytes ? (T)(options with { MemoryBytesMax = bytes }) : options;
    }

    private string Directory =>
        parsed.GetValue(common.Data) ?? throw new UsageException("--data DIR is missing: which store?");
}
