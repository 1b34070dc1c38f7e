using Klaviyo.Storage.Import;

namespace Klaviyo;

/// <summary>Bodies of Klaviyo's API: events and profiles, one a line, or a JSON array of them.</summary>
/// <remarks>
/// <para>A body stands with or without its outer <c>{"data":…}</c>. Bulk bodies (<c>event-bulk-create-job</c>,
/// <c>profile-bulk-import-job</c> with its lists) are read too; each event or profile in them is one record.</para>
/// <para>The attributes of a profile are written flat: <c>first_name</c>, <c>location</c>, …, and the custom ones of
/// <c>properties</c> beside them; where a name stands in both, the attribute wins. Null clears. An <c>id</c> that this
/// store did not give is kept as an identifier of the kind <c>klaviyo_id</c>.</para>
/// <para>Of <c>meta</c>, <c>patch_properties.unset</c> clears properties; the patches that append or remove single
/// values are not applied.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record KlaviyoFormat : ImportFormat
{
    internal override ImportReader CreateReader(ImportInput input, bool backfill) =>
        new JsonImportReader(input, new KlaviyoParser(backfill));
}
