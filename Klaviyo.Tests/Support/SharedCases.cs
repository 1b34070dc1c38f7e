using System.Text.Json;
using Klaviyo.Tests.House;

namespace Klaviyo.Tests.Support;

// Cases that other people or other software produced. They stand beside the repository, in ../shared, or where
// KLAVIYO_SHARED says; without them their tests are skipped, and say so.
internal static class SharedCases
{
    internal static string Root { get; } = Environment.GetEnvironmentVariable("KLAVIYO_SHARED")
        ?? System.IO.Path.Combine(Repository.Root, "..", "shared");

    internal static string Path(params string[] parts)
    {
        var path = System.IO.Path.Combine([Root, .. parts]);
        if (!File.Exists(path))
        {
            Assert.Ignore($"'{System.IO.Path.Combine(parts)}' is not in {Root}; set KLAVIYO_SHARED.");
        }

        return path;
    }

    internal static JsonElement Json(params string[] parts)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path(parts)));
        return document.RootElement.Clone();
    }
}
