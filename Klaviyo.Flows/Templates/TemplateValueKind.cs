namespace Klaviyo.Flows.Templates;

/// <summary>The kinds of values inside a template.</summary>
internal enum TemplateValueKind
{
    /// <summary>No value.</summary>
    Nil,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number with a fraction, which may be zero: <c>5.0</c>.</summary>
    Float,

    /// <summary>Text.</summary>
    Text,

    /// <summary>A point in time.</summary>
    Instant,

    /// <summary>Values in order.</summary>
    List,

    /// <summary>Names with values.</summary>
    Object,

    /// <summary>Whole numbers from one to another; its items are made when they are asked for.</summary>
    Range,

    /// <summary>The word <c>empty</c>: equal to what has no items or characters.</summary>
    Empty,

    /// <summary>The word <c>blank</c>: equal to what is empty, nothing, or white space.</summary>
    Blank,
}
