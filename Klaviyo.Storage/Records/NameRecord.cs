using System.Text;

namespace Klaviyo.Storage.Records;

/// <summary>Gives the next code to a name. The payload is the name in UTF-8.</summary>
internal static class NameRecord
{
    internal static byte[] Write(string name) => Encoding.UTF8.GetBytes(name);

    internal static string Read(ReadOnlyMemory<byte> payload) => Encoding.UTF8.GetString(payload.Span);
}
