using System.Text;

namespace Klaviyo.Bench.Crash;

/// <summary>Looks into all files of a store for what was erased from it.</summary>
internal static class ErasedBytes
{
    /// <summary>Finds what is still there of what a model says is gone.</summary>
    /// <returns>By what was found, in which file.</returns>
    internal static IReadOnlyDictionary<string, string> Find(string directory, CrashModel model)
    {
        var erased = model.ErasedIds();
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            var bytes = File.ReadAllBytes(file);
            var gone = UniqueIds(bytes).Concat(UniqueIds(WithoutZeros(bytes))).Where(erased.Contains)
                .Concat(model.Suppressed.Select(s => s.Value).Where(value => Contains(bytes, value)));
            foreach (var trace in gone)
            {
                found[trace] = Path.GetRelativePath(directory, file);
            }
        }

        return found;
    }

    // Also as .NET keeps strings, two bytes a letter.
    private static byte[] WithoutZeros(byte[] bytes) => Array.FindAll(bytes, b => b != 0);

    private static bool Contains(ReadOnlySpan<byte> bytes, string value) =>
        bytes.IndexOf(Encoding.UTF8.GetBytes(value)) >= 0 || bytes.IndexOf(Encoding.Unicode.GetBytes(value)) >= 0;

    private static IEnumerable<string> UniqueIds(byte[] bytes)
    {
        var end = 0;
        for (var start = Array.IndexOf(bytes, (byte)'<'); start >= 0; start = Array.IndexOf(bytes, (byte)'<', end))
        {
            end = start + 1;
            while (end < bytes.Length && (char.IsAsciiDigit((char)bytes[end]) || bytes[end] == '-'))
            {
                end++;
            }

            if (end < bytes.Length && bytes[end] == '>')
            {
                yield return Encoding.ASCII.GetString(bytes.AsSpan(start, end + 1 - start));
            }
        }
    }
}
