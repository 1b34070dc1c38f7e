using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class ProfilesCommand : ShellCommand
{
    private readonly Option<FilterExpression?> _filter = Flag.Parsed<FilterExpression?>(
        "--filter", "F", "Klaviyo's filter syntax over identifiers and properties.", FilterExpression.Parse);

    private readonly Option<int?> _limit = Limit.Option();
    private readonly Option<string> _cursor = Limit.Cursor();

    internal ProfilesCommand()
        : base("profiles", "Lists profiles, ordered by id.")
    {
        Add(_filter);
        Add(_limit);
        Add(_cursor);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenToAskAsync(cancellationToken);
        var after = call.Value(_cursor);
        var profiles = store.Profiles(call.AsOf).SkipWhile(p => string.CompareOrdinal(p.Id.ToString(), after) <= 0);
        if (call.Value(_filter) is { } filter)
        {
            profiles = profiles.Where(p => Passes(p, store.Profile($"id:{p.Id}", call.AsOf)!, filter));
        }

        if (call.Value(_limit) is not { } limit)
        {
            call.Print.Many(profiles, AnswerJson.Write);
            return 0;
        }

        var page = profiles.Take(limit + 1).ToList();
        call.Print.Many(page.Take(limit), AnswerJson.Write);
        Limit.PrintNext(call, page.Count > limit ? page[limit - 1].Id.ToString() : null);
        return 0;
    }

    private static bool Passes(ProfileSummary who, CustomerProfile profile, FilterExpression filter)
    {
        return filter.Matches(name => name switch
        {
            "id" => who.Id.ToString(),
            "email" => who.Email,
            "external_id" => who.ExternalId,
            "created" => profile.Created,
            _ => new PropertyPath(name).Of(profile.Properties),
        });
    }
}
