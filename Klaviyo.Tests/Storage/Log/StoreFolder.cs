using Klaviyo.Storage.Files;

namespace Klaviyo.Tests.Storage.Log;

/// <summary>A directory for one test, gone afterwards.</summary>
internal sealed class StoreFolder : IDisposable
{
    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("klaviyo-log-");

    internal string Path => System.IO.Path.Combine(_parent.FullName, "store");

    internal PhysicalFiles Files => new(Path);

    internal string Name(string file) => System.IO.Path.Combine(Path, file);

    public void Dispose() => _parent.Delete(recursive: true);
}
