using System.Globalization;

namespace Klaviyo.Storage.Import;

/// <summary>A number computed from the cells of a row: columns and constants, + − * / and parentheses.</summary>
internal abstract record CsvExpression
{
    /// <summary>Computes the number; null where a cell that it needs is empty.</summary>
    /// <returns><see langword="false"/> where a cell is not a number; the refusal names its column.</returns>
    internal abstract bool TryEvaluate(CsvRow row, Refusal refusal, out double? value);
}

/// <summary>The same number in every row.</summary>
internal sealed record CsvConstant(double Number) : CsvExpression
{
    internal override bool TryEvaluate(CsvRow row, Refusal refusal, out double? value)
    {
        value = Number;
        return true;
    }
}

/// <summary>The number in a cell.</summary>
internal sealed record CsvOperand(string Column, int Index) : CsvExpression
{
    internal override bool TryEvaluate(CsvRow row, Refusal refusal, out double? value)
    {
        var bytes = row[Index].Trim(" \t"u8);
        value = null;
        if (bytes.IsEmpty)
        {
            return true;
        }

        if (!double.TryParse(bytes, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || !double.IsFinite(number))
        {
            return refusal.Set(Column, "A number is expected.");
        }

        value = number;
        return true;
    }
}

/// <summary>Two expressions and what is done with them.</summary>
internal sealed record CsvOperation(char Operator, CsvExpression Left, CsvExpression Right) : CsvExpression
{
    internal override bool TryEvaluate(CsvRow row, Refusal refusal, out double? value)
    {
        value = null;
        if (!Left.TryEvaluate(row, refusal, out var left) || !Right.TryEvaluate(row, refusal, out var right))
        {
            return false;
        }

        value = Operator switch
        {
            '+' => left + right,
            '-' => left - right,
            '*' => left * right,
            '/' => left / right,
            _ => throw new InvalidOperationException($"Unknown operator {Operator}."),
        };
        return value is not { } number
            || double.IsFinite(number)
            || refusal.Set("value", "The value is not a finite number.");
    }
}
