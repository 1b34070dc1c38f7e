using System.Text.Json;
using Spectre.Console;

namespace Klaviyo.Samples;

/// <summary>Documents as the rows of a table; its columns are the names that any of them has.</summary>
internal sealed class JsonTable
{
    private readonly List<string> _columns = [];
    private readonly List<Dictionary<string, string>> _rows = [];
    private bool _more;

    /// <summary>Adds a document.</summary>
    /// <returns><see langword="false"/> if the table is full.</returns>
    internal bool TryAdd(string json, int rowsMax)
    {
        _more = _rows.Count == rowsMax;
        if (!_more)
        {
            Add(json);
        }

        return !_more;
    }

    internal void WriteTo(IAnsiConsole console)
    {
        if (_rows.Count > 0)
        {
            console.Write(Table());
        }

        console.WriteLine(_more ? "… and more: --json prints all." : $"{_rows.Count} in all");
    }

    private void Add(string json)
    {
        using var document = JsonDocument.Parse(json, Printer.AsDeepAsPrinted);
        var row = new Dictionary<string, string>();
        foreach (var property in document.RootElement.EnumerateObject())
        {
            row[property.Name] = JsonView.Plain(property.Value);
            if (!_columns.Contains(property.Name))
            {
                _columns.Add(property.Name);
            }
        }

        _rows.Add(row);
    }

    private Table Table()
    {
        var table = new Table().RoundedBorder();
        foreach (var column in _columns)
        {
            table.AddColumn(new TableColumn(new Text(column)));
        }

        foreach (var row in _rows)
        {
            table.AddRow(_columns.Select(c => new Text(row.GetValueOrDefault(c, ""))));
        }

        return table;
    }
}
