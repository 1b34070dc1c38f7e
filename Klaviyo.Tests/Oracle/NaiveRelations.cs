namespace Klaviyo.Tests.Oracle;

// Relations as a list of what was said, and LINQ over it.
internal sealed class NaiveRelations(NaiveStore people)
{
    private readonly List<(int Owner, RelationWrite Write)> _said = [];

    internal void Apply(RelationWrite write, int owner) => _said.Add((owner, write));

    // The instants from which a relation holds, and to which.
    internal IEnumerable<(string Name, int Person, Identifier Object, Instant Since, Instant? Until)> All(Instant at)
    {
        var pairs = _said.Select(s => (s.Write.Name, Person: people.Root(s.Owner), s.Write.Object)).Distinct();
        foreach (var pair in pairs)
        {
            var instants = _said.Where(s => Is(s, pair) && s.Write.Time <= at).Select(s => s.Write.Time!.Value).Distinct().Order().ToList();
            Instant? since = null;
            foreach (var instant in instants)
            {
                var holds = Holds(pair, instant);
                if (!holds && since is { } began)
                {
                    yield return (pair.Name, pair.Person, pair.Object, began, instant);
                }

                since = holds ? since ?? instant : null;
            }

            if (since is { } lasting)
            {
                yield return (pair.Name, pair.Person, pair.Object, lasting, null);
            }
        }
    }

    private bool Holds((string, int, Identifier) pair, Instant at) =>
        _said.Where(s => Is(s, pair) && s.Write.Time <= at).OrderBy(s => s.Write.Time).Last().Write.Related;

    private bool Is((int Owner, RelationWrite Write) said, (string Name, int Person, Identifier Object) pair) =>
        (said.Write.Name, people.Root(said.Owner), said.Write.Object) == pair;
}
