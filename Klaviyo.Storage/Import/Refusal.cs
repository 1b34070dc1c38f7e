namespace Klaviyo.Storage.Import;

/// <summary>Why the record at hand cannot be taken: set where it is found, given its full path on the way
/// out.</summary>
/// <remarks>Every method returns <see langword="false"/>, so that a reading method ends with it.</remarks>
internal sealed class Refusal
{
    internal string Field { get; private set; } = "";

    internal string Reason { get; private set; } = "";

    internal bool Set(string field, string reason)
    {
        Field = field;
        Reason = reason;
        return false;
    }

    internal bool Under(string parent)
    {
        Field = FieldPath.Join(parent, Field);
        return false;
    }
}
