using Klaviyo.Storage.Import;

namespace Klaviyo;

/// <summary>The lines that <see cref="CustomerDatabase.ExportAsync"/> writes.</summary>
/// <remarks>
/// <para>Brings back profiles with all identifiers, values, consents, lists and events as they were, merges at their places in
/// the order of arrival, accounts and custom objects with their relations, and segments. Nothing of it starts a flow.</para>
/// <para>Meant for an empty store. In one that is not, identifiers that name a profile already go on naming it, and what is
/// imported is added to that profile.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record NdjsonFormat : ImportFormat
{
    internal override ImportReader CreateReader(ImportInput input, bool backfill) =>
        new JsonImportReader(input, new NdjsonParser());
}
