using MessagePack;

namespace Klaviyo.Storage.Errors;

/// <summary>Tells what comes of content that nobody wrote from what else can go wrong.</summary>
/// <remarks>
/// Our decoders throw <see cref="InvalidDataException"/>. What applies the content, here and in a library above, was written for
/// content that makes sense, and meets in any way what makes none.
/// </remarks>
internal static class WrongContent
{
    /// <summary>Whether an exception may have come of wrong content; failures of the disk and of the machine are others.</summary>
    internal static bool IsBehind(Exception fault) => fault is InvalidDataException or MessagePackSerializationException or EndOfStreamException
        or ArgumentException or FormatException or OverflowException or InvalidOperationException
        or IndexOutOfRangeException or KeyNotFoundException or NullReferenceException or DefinitionException;
}
