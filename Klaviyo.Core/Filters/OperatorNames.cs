namespace Klaviyo;

// The operators of one kind of filter with the names that they have in JSON, in the order in which errors list them.
internal sealed class OperatorNames<TOperator>(params (string Name, TOperator Operator)[] pairs)
    where TOperator : struct, Enum
{
    internal string All { get; } = string.Join(", ", pairs.Select(p => p.Name));

    internal string NameOf(TOperator op) =>
        pairs.FirstOrDefault(p => EqualityComparer<TOperator>.Default.Equals(p.Operator, op)).Name
            ?? throw new ArgumentOutOfRangeException(nameof(op), op, "Not an operator.");

    internal string WordsOf(TOperator op) => NameOf(op).Replace('-', ' ');

    internal bool TryFind(string name, out TOperator op)
    {
        foreach (var pair in pairs)
        {
            if (string.Equals(pair.Name, name, StringComparison.Ordinal))
            {
                op = pair.Operator;
                return true;
            }
        }

        op = default;
        return false;
    }
}
