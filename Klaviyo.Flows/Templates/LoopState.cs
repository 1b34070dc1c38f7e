namespace Klaviyo.Flows.Templates;

/// <summary>What a loop says of itself: <c>forloop.index</c>, <c>tablerowloop.col</c>.</summary>
/// <param name="name">The variable and what is walked through.</param>
/// <param name="length">How many items there are.</param>
/// <param name="columns">How many columns a row has; 0 for a loop without rows.</param>
/// <param name="outer">The loop around it.</param>
internal sealed class LoopState(string name, int length, int columns, LoopState? outer) : ITemplateObject
{
    /// <summary>Gets or sets the item, from 0.</summary>
    internal int Index { get; set; }

    internal LoopState? Outer => outer;

    internal int Column => Index % Math.Max(columns, 1);

    internal bool IsLastColumn => Column == columns - 1 || Index == length - 1;

    public TemplateValue this[string key] => key switch
    {
        "name" => TemplateValue.Of(name),
        "length" => TemplateValue.Of((long)length),
        "index" or "counter" => TemplateValue.Of(Index + 1L),
        "index0" or "counter0" => TemplateValue.Of((long)Index),
        "rindex" or "revcounter" => TemplateValue.Of((long)length - Index),
        "rindex0" or "revcounter0" => TemplateValue.Of(length - Index - 1L),
        "first" => TemplateValue.Of(Index == 0),
        "last" => TemplateValue.Of(Index == length - 1),
        "parentloop" => outer is null ? TemplateValue.Nil : TemplateValue.Of(outer),
        "col" when columns > 0 => TemplateValue.Of(Column + 1L),
        "col0" when columns > 0 => TemplateValue.Of((long)Column),
        "col_first" when columns > 0 => TemplateValue.Of(Column == 0),
        "col_last" when columns > 0 => TemplateValue.Of(Column == columns - 1),
        "row" when columns > 0 => TemplateValue.Of((Index / columns) + 1L),
        _ => TemplateValue.Nil,
    };
}
