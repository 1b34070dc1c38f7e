namespace Klaviyo.Flows.Templates;

/// <summary>How values compare in conditions and filters.</summary>
internal static class TemplateComparison
{
    internal static bool AreEqual(TemplateValue left, TemplateValue right, TemplateRun run)
    {
        if (left.Kind is TemplateValueKind.Empty or TemplateValueKind.Blank)
        {
            return IsWord(left.Kind, right);
        }

        if (right.Kind is TemplateValueKind.Empty or TemplateValueKind.Blank)
        {
            return IsWord(right.Kind, left);
        }

        if (IsNumber(left) && IsNumber(right))
        {
            return Compare(left, right) == 0;
        }

        return left.Kind == right.Kind && left.Kind switch
        {
            TemplateValueKind.Nil => true,
            TemplateValueKind.Boolean => left.AsBoolean == right.AsBoolean,
            TemplateValueKind.Text => AreTextsEqual(left.AsText, right.AsText, run),
            TemplateValueKind.Instant => left.AsInstant == right.AsInstant,
            TemplateValueKind.Range => left.AsRange == right.AsRange,
            TemplateValueKind.List => AreListsEqual(left, right, run),
            _ => string.Equals(left.Json(run), right.Json(run), StringComparison.Ordinal),
        };
    }

    /// <summary>Compares for <c>&lt;</c> and its kin.</summary>
    /// <returns>Null where the values have no order, so that no such comparison holds.</returns>
    /// <exception cref="TemplateException">Text is compared with a number.</exception>
    internal static int? Order(TemplateValue left, TemplateValue right, TemplateRun run)
    {
        if (IsNumber(left) && IsNumber(right))
        {
            return Compare(left, right);
        }

        run.Charge(Math.Min(left.Count, right.Count));
        return (left.Kind, right.Kind) switch
        {
            (TemplateValueKind.Text, TemplateValueKind.Text) => string.CompareOrdinal(left.AsText, right.AsText),
            (TemplateValueKind.Instant, TemplateValueKind.Instant) => left.AsInstant.CompareTo(right.AsInstant),
            (TemplateValueKind.Text, _) when IsNumber(right) => throw NoOrder(left, right),
            (_, TemplateValueKind.Text) when IsNumber(left) => throw NoOrder(left, right),
            _ => null,
        };
    }

    /// <summary>Tells whether text has a text in it, a list an item, an object a name.</summary>
    internal static bool Contains(TemplateValue whole, TemplateValue part, TemplateRun run)
    {
        if (part.IsNil)
        {
            return false;
        }

        run.Charge(whole.Count);
        return whole.Kind switch
        {
            TemplateValueKind.Text => whole.AsText.Contains(part.Text(run), StringComparison.Ordinal),
            TemplateValueKind.List or TemplateValueKind.Range =>
                part.IsTruthy && whole.Items().Any(item => AreEqual(item, part, run)),
            TemplateValueKind.Object => part.Kind == TemplateValueKind.Text && whole.TryGet(part.AsText, out _),
            _ => false,
        };
    }

    private static bool IsWord(TemplateValueKind word, TemplateValue value)
    {
        return value.Kind switch
        {
            TemplateValueKind.List or TemplateValueKind.Object => value.Count == 0,
            TemplateValueKind.Text => word == TemplateValueKind.Blank
                ? string.IsNullOrWhiteSpace(value.AsText)
                : value.AsText.Length == 0,
            TemplateValueKind.Nil => word == TemplateValueKind.Blank,
            TemplateValueKind.Boolean => word == TemplateValueKind.Blank && !value.AsBoolean,
            TemplateValueKind.Empty or TemplateValueKind.Blank => value.Kind == word,
            _ => false,
        };
    }

    private static bool AreTextsEqual(string left, string right, TemplateRun run)
    {
        run.Charge(Math.Min(left.Length, right.Length));
        return string.Equals(left, right, StringComparison.Ordinal);
    }

    private static bool AreListsEqual(TemplateValue left, TemplateValue right, TemplateRun run)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        run.Charge(left.Count);
        return left.Items().Zip(right.Items()).All(pair => AreEqual(pair.First, pair.Second, run));
    }

    private static bool IsNumber(TemplateValue value) => value.Kind is TemplateValueKind.Integer or TemplateValueKind.Float;

    private static int Compare(TemplateValue left, TemplateValue right)
    {
        return left.Kind == TemplateValueKind.Integer && right.Kind == TemplateValueKind.Integer
            ? left.AsInteger.CompareTo(right.AsInteger)
            : TemplateNumber.Double(left).CompareTo(TemplateNumber.Double(right));
    }

    private static TemplateException NoOrder(TemplateValue left, TemplateValue right) =>
        new($"{TemplateException.Show(left)} and {TemplateException.Show(right)} have no order");
}
