namespace Klaviyo.Flows.Templates;

/// <summary>What a piece of a template is.</summary>
internal enum TemplatePieceKind
{
    /// <summary>Text that stays as it is, white space around tags with a hyphen taken away.</summary>
    Text,

    /// <summary>Text between <c>raw</c> and <c>endraw</c>.</summary>
    Raw,

    /// <summary>What stands between <c>{{</c> and <c>}}</c>.</summary>
    Output,

    /// <summary>What stands between <c>{%</c> and <c>%}</c>, or on a line of a <c>liquid</c> tag.</summary>
    Tag,

    /// <summary>A comment; nothing of it is left.</summary>
    Comment,
}

/// <summary>A piece of a template, by its place in the text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Where its text or markup begins; of a tag, behind the name.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Name">The name of a tag; empty otherwise.</param>
/// <param name="Offset">Where the piece as a whole begins.</param>
internal readonly record struct TemplatePiece(TemplatePieceKind Kind, int Start, int End, string Name, int Offset);
