using Klaviyo.Storage.Import;

namespace Klaviyo;

/// <summary>Segment messages: one a line, or batch bodies, or a JSON array of messages.</summary>
/// <remarks>
/// <para><c>track</c> becomes an event: its value is <c>properties.value</c>, else <c>properties.revenue</c>, where
/// that is a number; its time is <c>timestamp</c>, else <c>originalTimestamp</c>; its unique id is <c>messageId</c>.
/// All properties are kept, and a <c>context</c> that is not empty as the property of that name.</para>
/// <para><c>page</c> and <c>screen</c> become the events <c>Viewed Page</c> and <c>Viewed Screen</c> with <c>name</c>
/// and <c>category</c> among the properties; <c>group</c> becomes <c>Joined Group</c> with <c>group_id</c> and
/// <c>traits</c>; the traits are also written to the account of that id, of which the profile becomes a
/// <c>member</c>.</para>
/// <para><c>identify</c> writes its traits to the profile as they were sent. An e-mail address and a phone number in
/// E.164 among them also name the profile; <c>firstName</c>, <c>lastName</c> and <c>address</c> are also written as
/// <c>first_name</c>, <c>last_name</c> and <c>location</c>. <c>alias</c> gives a profile both ids.</para>
/// <para><c>userId</c> is the external id, <c>anonymousId</c> the anonymous one. Each message is one record.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SegmentFormat : ImportFormat
{
    internal override ImportReader CreateReader(ImportInput input, bool backfill) =>
        new JsonImportReader(input, new SegmentParser(backfill));
}
