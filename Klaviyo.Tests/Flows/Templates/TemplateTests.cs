using CsCheck;
using Klaviyo.Flows.Templates;

namespace Klaviyo.Tests.Flows.Templates;

public sealed class TemplateTests
{
    private static readonly PropertyMap Person = new()
    {
        ["first_name"] = "Ada",
        ["empty"] = "",
        ["Big Spender"] = true,
        ["bio"] = "<b>\"x\"</b>",
        ["points"] = 12.345,
    };

    private static readonly PropertyMap Event = new()
    {
        ["Items"] = new PropertyValue[] { new PropertyMap { ["Name"] = "Lamp" }, new PropertyMap { ["Name"] = "Desk" } },
        ["total"] = 40,
    };

    [TestCase("plain { text } }}", ExpectedResult = "plain { text } }}")]
    [TestCase("Hi {{ person.first_name }}!", ExpectedResult = "Hi Ada!")]
    [TestCase("{{person.first_name|upcase}}{{ person.first_name | downcase }}", ExpectedResult = "ADAada")]
    [TestCase("{{ person.nobody | default: 'there' }}", ExpectedResult = "there")]
    [TestCase("{{ person.empty|default:\"there\" }}", ExpectedResult = "there")]
    [TestCase("{{ person.first_name | default: 'there' }}", ExpectedResult = "Ada")]
    [TestCase("{{ event.Items[1].Name }}", ExpectedResult = "Desk")]
    [TestCase("{{ event.Items[2].Name }}|{{ event.total.deep }}", ExpectedResult = "|")]
    [TestCase("{{ person['Big Spender'] }}", ExpectedResult = "true")]
    [TestCase("{{ event.Items | size }}{{ person.first_name | size }}", ExpectedResult = "23")]
    [TestCase("{{ person.points | round }} {{ person.points | round: 1 }}", ExpectedResult = "12 12.3")]
    [TestCase("{{ person.bio }}", ExpectedResult = "&lt;b&gt;&quot;x&quot;&lt;/b&gt;")]
    [TestCase("{{ person.bio | escape }}", ExpectedResult = "&lt;b&gt;&quot;x&quot;&lt;/b&gt;")]
    [TestCase("{{ person.bio | safe }}{{ person.bio | raw }}", ExpectedResult = "<b>\"x\"</b><b>\"x\"</b>")]
    [TestCase("{{ person.bio | safe | append: '!' }}", ExpectedResult = "&lt;b&gt;&quot;x&quot;&lt;/b&gt;!")]
    [TestCase("{% capture x %}<i>{{ person.bio }}</i>{% endcapture %}{{ x }}", ExpectedResult = "<i>&lt;b&gt;&quot;x&quot;&lt;/b&gt;</i>")]
    [TestCase("{% cycle person.bio %}{% echo person.bio %}", ExpectedResult = "&lt;b&gt;&quot;x&quot;&lt;/b&gt;&lt;b&gt;&quot;x&quot;&lt;/b&gt;")]
    [TestCase("{{ person.bio | newline_to_br }}", ExpectedResult = "&lt;b&gt;&quot;x&quot;&lt;/b&gt;")]
    [TestCase("{{ first_name }} {{ person|lookup:'Big Spender' }}", ExpectedResult = "Ada true")]
    [TestCase("{% for item in event.Items %}{{ forloop.index }} {{ item.Name }} {% endfor %}", ExpectedResult = "1 Lamp 2 Desk ")]
    [TestCase("{% if event.total > 30 and person.first_name %}much{% else %}little{% endif %}", ExpectedResult = "much")]
    [TestCase("{{ event.total | floatformat: 2 }} {{ person.points|floatformat }} {{ event.total | divided_by: 3.0 | floatformat:1 }}", ExpectedResult = "40.00 12.3 13.3")]
    public string Render_Html(string source)
    {
        var rendered = Template.Parse(source, TemplateEscape.Html, "$").TryRender(new(Person, Event), out var text, out var error);
        Assert.That(rendered, Is.True, error);
        return text!;
    }

    // What Klaviyo's templates, which are Django's, write otherwise than Liquid. The dates are those of Django 5.2.
    [TestCase("a{# note: {{ nothing }} #}b{#\n#}", ExpectedResult = "ab{#\n#}")]
    [TestCase("{% if event.total == 3 %}a{% elif event.total == 40 %}b{% else %}c{% endif %}", ExpectedResult = "b")]
    [TestCase("{% if person|lookup:'Big Spender' and event.total|add:1 == 41 %}a{% endif %}", ExpectedResult = "a")]
    [TestCase("{% if event.Items|length > 1 %}many{% endif %}", ExpectedResult = "many")]
    [TestCase("{% for i in event.none %}x{% empty %}none{% endfor %}", ExpectedResult = "none")]
    [TestCase("{% for i in event|lookup:'Items' %}{{ forloop.counter }}{{ forloop.counter0 }}{{ forloop.revcounter }}{{ forloop.revcounter0 }} {% endfor %}", ExpectedResult = "1021 2110 ")]
    [TestCase("{{ '2026-03-01T15:05:09' | date: 'F d, Y' }}|{{ '2026-03-01T15:05:09' | date:'D jS M y, g:i A' }}", ExpectedResult = "March 01, 2026|Sun 1st Mar 26, 3:05 PM")]
    [TestCase("{{ '2026-09-22T00:00:00' | date:'N j, Y, P' }}|{{ '2026-01-13T12:00:00' | date:'l z t L P f H\\h' }}", ExpectedResult = "Sept. 22, 2026, midnight|Tuesday 13 31 False noon 12 12h")]
    [TestCase("{{ first_name|slice:':2' }}{{ first_name|slice:'-1:' }}{{ first_name|slice:'1:9' }}|{% for i in event.Items|slice:':1' %}{{ i.Name }}{% endfor %}", ExpectedResult = "Adada|Lamp")]
    [TestCase("{{ event.total|add:2 }} {{ first_name|add:'!' }} {{ event.nothing|default_if_none:'-' }} {{ event.total|divisibleby:8 }}", ExpectedResult = "42 Ada! - true")]
    [TestCase("{{ event.Items|length }} item{{ event.Items|length|pluralize }}, 1 cherr{{ 1|pluralize:'y,ies' }}, {{ event.total|yesno:'a,b' }}", ExpectedResult = "2 items, 1 cherry, a")]
    [TestCase("{{ 1234567.5|floatformat:2|intcomma }} {{ 999|intcomma }} {{ '-1000'|intcomma }}", ExpectedResult = "1,234,567.50 999 -1,000")]
    [TestCase("{{ 'a long text'|truncatechars:7 }}|{{ 'short'|truncatechars:7 }}|{{ 'a b/c'|urlencode }}|{{ 'xaxb'|cut:'x' }}|{{ 'ada L'|capfirst }}|{{ 'a b'|wordcount }}", ExpectedResult = "a long…|short|a%20b/c|ab|Ada L|2")]
    public string Render_Klaviyos(string source)
    {
        var rendered = Template.Parse(source, TemplateEscape.Html, "$").TryRender(new(Person, Event), out var text, out var error);
        Assert.That(rendered, Is.True, error);
        return text!;
    }

    [TestCase(TemplateEscape.None, ExpectedResult = "<b>\"x\"</b>")]
    [TestCase(TemplateEscape.Json, ExpectedResult = "\\u003Cb\\u003E\\u0022x\\u0022\\u003C/b\\u003E")]
    public string Render_OtherPlaces_EscapesForThem(object escape)
    {
        Template.Parse("{{ person.bio }}", (TemplateEscape)escape, "$").TryRender(new(Person, Event), out var text, out _);
        return text!;
    }

    // HTML is not yet part of a JSON string.
    [TestCase("escape", ExpectedResult = "a\\&lt;\"\n")]
    [TestCase("h", ExpectedResult = "a\\&lt;\"\n")]
    [TestCase("escape_once", ExpectedResult = "a\\&lt;\"\n")]
    [TestCase("upcase | escape", ExpectedResult = "A\\&lt;\"\n")]
    public string Escape_InAWebhook_StaysPartOfItsString(string filter)
    {
        var template = Template.Parse($$$"""{"a":"{% capture c %}{{ event.x | {{{filter}}} }}{% endcapture %}{{ c }}"}""", TemplateEscape.Json, "$");
        Assert.That(template.TryRender(new(Person, new() { ["x"] = "a\\<\"\n" }), out var text, out var error), Is.True, error);
        return System.Text.Json.JsonDocument.Parse(text!).RootElement.GetProperty("a").GetString()!.Replace("&quot;", "\"", StringComparison.Ordinal);
    }

    [Test]
    public void Base64_OfHalfACharacter_IsThatOfTheSignForIt()
    {
        var template = Template.Parse("{{ event.x | slice: 0 | base64_encode | base64_decode }}", TemplateEscape.None, "$");
        Assert.That(template.TryRender(new(Person, new() { ["x"] = "😀" }), out var text, out var error), Is.True, error);
        Assert.That(text, Is.EqualTo("\uFFFD"));
    }

    [TestCase("sort")]
    [TestCase("sort_natural")]
    public void Sort_BeyondTheBudget_SaysWhere(string filter)
    {
        var template = Template.Parse($$$"""{% for i in (1..100000) %}{% assign z = event.x | {{{filter}}} %}{% endfor %}""", TemplateEscape.Html, "$");
        var items = Enumerable.Range(0, 10_000).Select(_ => (PropertyValue)"x").ToArray();
        Assert.That(
            () => template.TryRender(new(Person, new() { ["x"] = items }), out _, out _),
            Throws.TypeOf<TemplateBoundException>().With.Message.Contains("line 1, column ").And.Message.Contains("more than 2,000,000 steps"));
    }

    [TestCase("{% if person.x %}", "line 1, column 1: 'if' is not closed with 'endif'")]
    [TestCase("{% endif %}", "'endif' closes nothing")]
    [TestCase("{% shout %}", "'shout' is no tag; there are assign, break,")]
    [TestCase("a\n  {{ person.x | shout }}", "line 2, column 17: 'shout' is no filter; there are abs, add,")]
    [TestCase("{{ person.x | append }}", "'append' takes 1 argument, not 0")]
    [TestCase("{{ person.x | slice }}", "'slice' takes 1 to 2 arguments, not 0")]
    [TestCase("{{ person.x | append: a: 1 }}", "'append' has no argument 'a'")]
    [TestCase("{{ organization.name }}", "line 1, column 4: 'organization' is unknown")]
    [TestCase("{{ [person.x] }}", "not with a computed one")]
    [TestCase("{{ person.x", "not closed with '}}'")]
    [TestCase("{{ person.x } }", "not closed with '}}'")]
    [TestCase("{{ person['x }}", "quote")]
    [TestCase("{{ person.x + 1 }}", "column 13: '\\+ 1' is not expected here")]
    [TestCase("{{ }}", "a value is expected")]
    [TestCase("{% include 'nothing' %}", "no template 'nothing'")]
    [TestCase("{% include person.x %}", "in quotes")]
    [TestCase("{% if person.x not 1 %}{% endif %}", "'not 1' is not expected")]
    [TestCase("{% for x of person.y %}{% endfor %}", "'in' is expected")]
    [TestCase("{% comment %}", "'comment' is not closed")]
    public void Parse_WhatCannotMeanAnything_IsRefusedByName(string source, string message)
    {
        Assert.That(
            () => Template.Parse(source, TemplateEscape.Html, "$.actions[0].data.message.body"),
            Throws.TypeOf<DefinitionException>().With.Message.Matches("(?s)" + message)
                .And.Property("Path").EqualTo("$.actions[0].data.message.body"));
    }

    [Test]
    public void Render_ValueThatDoesNotFitItsFilter_IsAnErrorWithItsPlace()
    {
        var template = Template.Parse("Dear\n{{ event.total | divided_by: 0 }}", TemplateEscape.None, "$");
        Assert.That(template.TryRender(new(Person, Event), out _, out var error), Is.False);
        Assert.That(error, Is.EqualTo("template, line 2, column 18: a number is divided by zero"));
    }

    [Test]
    public void Render_TooLong_Fails()
    {
        var person = new PropertyMap { ["x"] = new string('x', 600_000) };
        var template = Template.Parse("{{ person.x }}{{ person.x }}", TemplateEscape.None, "$");
        Assert.That(
            () => template.TryRender(new(person, []), out _, out _),
            Throws.TypeOf<TemplateBoundException>().With.Message.EqualTo("template, line 1, column 15: the text is longer than 1048576 characters"));
    }

    // C18: whatever an author writes, a message ends soon, with little memory.
    [TestCase("{% for i in (1..1000000000) %}{% endfor %}")]
    [TestCase("{% for i in (1..9000) %}{% for j in (1..9000) %}{% endfor %}{% endfor %}")]
    [TestCase("{% for i in (1..2000) %}{% for j in (1..2000) %}{% for k in (1..2000) %}x{% endfor %}{% endfor %}{% endfor %}")]
    [TestCase("{% assign x = 'abcdefgh' %}{% for i in (1..64) %}{% assign x = x | append: x %}{% endfor %}")]
    [TestCase("{% assign x = 'a,b' | split: ',' %}{% for i in (1..64) %}{% assign x = x | concat: x %}{% endfor %}")]
    [TestCase("{% assign x = person.long | replace: '', person.long %}")]
    [TestCase("{% assign x = person.long | split: '' | join: person.long %}")]
    [TestCase("{{ (1..1000000000) | join: ',' }}")]
    [TestCase("{{ (1..1000000000) | json }}")]
    [TestCase("{% assign x = (1..100000) | sort | reverse | sort | reverse | sort | reverse %}{{ x | sum }}{% for i in x %}{{ x | sort | size }}{% endfor %}")]
    [TestCase("{% for i in (1..1000000) %}{% assign y = person.long | upcase %}{% endfor %}")]
    [TestCase("{% for i in (1..1000000) %}{% if person.long contains 'zz' %}{% endif %}{% endfor %}")]
    [TestCase("{% tablerow i in (1..1000000) %}{% tablerow i in (1..1000000) %}{% endtablerow %}{% endtablerow %}")]
    [TestCase("{% for i in (1..1000000) %}{% capture x %}{{ x }}{{ person.long }}{% endcapture %}{% endfor %}")]
    public void Render_WithoutEnd_FailsSoon(string source)
    {
        var person = new PropertyMap { ["long"] = new string('y', 100_000) };
        var before = GC.GetAllocatedBytesForCurrentThread();
        var template = Template.Parse(source, TemplateEscape.Html, "$");
        Assert.That(
            () => template.TryRender(new(person, []), out _, out _),
            Throws.TypeOf<TemplateBoundException>().With.Message.Contains("steps").Or.Message.Contains("longer than"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2L << 30));
    }

    [TestCase("{% include 'a' %}", "more than 8 deep")]
    public void Parse_TemplatesThatIncludeOneAnother_AreRefused(string source, string message)
    {
        var templates = new Dictionary<string, string> { ["a"] = "{% include 'b' %}", ["b"] = "{% include 'a' %}" };
        Assert.That(
            () => Template.Parse(source, TemplateEscape.Html, "$", templates),
            Throws.TypeOf<DefinitionException>().With.Message.Contains(message));
    }

    // Few characters that come to much: what is read is counted, not what is written.
    [Test]
    public void Parse_TemplatesThatIncludeOneAnotherManyTimes_AreRefused()
    {
        var templates = Enumerable.Range(0, 8).ToDictionary(
            i => $"t{i}", i => i == 7 ? "x" : string.Concat(Enumerable.Repeat($"{{% include 't{i + 1}' %}}", 8)));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(
            () => Template.Parse("{% include 't0' %}", TemplateEscape.Html, "$", templates),
            Throws.TypeOf<DefinitionException>().With.Message.Contains("come to more than"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(256L << 20));
    }

    [TestCase("(", 5000)]
    [TestCase("['", 5000)]
    [TestCase("{% if true %}", 200)]
    public void Parse_NestedDeeply_IsRefused(string opening, int times)
    {
        var source = string.Concat(Enumerable.Repeat(opening, times));
        source = opening[0] == '{' ? source : $"{{{{ {source} }}}}";
        Assert.That(() => Template.Parse(source, TemplateEscape.Html, "$"), Throws.TypeOf<DefinitionException>());
    }

    private static readonly string[] Fragments =
    [
        "{{", "}}", "{%", "%}", "{%-", "-%}", "-", " ", "\n", "person", ".x", ".", "..", "[", "]", "(", ")", "'", "\"", "|", ":", ",",
        "0", "-1", "2.5", "true", "nil", "blank", "if ", "endif", "else", "elsif ", "unless ", "endunless", "for ", " in ", "endfor",
        "case ", "when ", "endcase", "assign y = ", "capture y", "endcapture", "cycle ", "raw", "endraw", "comment", "endcomment",
        "liquid ", "echo ", "#", "tablerow ", "endtablerow", "catalog ", "endcatalog", "increment y", "ifchanged", "endifchanged",
        "==", "<", " contains ", " and ", "upcase", "split: ", "join", "sort", "where: ", "date: '%Y'", "default: ", "slice: ",
        "{{ person.x }}", "{% if person.x %}", "{% endif %}", "{% for i in event.l %}", "{% endfor %}", "{{ i }}", "{% break %}",
        "{% for i in (1..3) %}", "{{ y }}", "{% assign y = person.x | split: '' %}", "text",
    ];

    [Test]
    public void AnyText_IsRefusedOrRendered_NothingElse()
    {
        var values = new PropertyMap { ["x"] = "<a>", ["l"] = new PropertyValue[] { 1, "b", PropertyValue.Null } };
        Gen.Int[0, Fragments.Length - 1].Select(i => Fragments[i]).Array[1, 14].Sample(
            fragments =>
            {
                try
                {
                    _ = Template.Parse(string.Concat(fragments), TemplateEscape.Html, "$").TryRender(new(values, values), out _, out _);
                }
                catch (DefinitionException refused)
                {
                    Assert.That(refused.Message, Does.Contain("line ").And.Contain("column "));
                }
            },
            print: f => string.Concat(f),
            iter: 20_000);
    }
}
