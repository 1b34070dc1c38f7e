using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Klaviyo.Json;
using Spectre.Console;

namespace Klaviyo.Samples;

/// <summary>Prints answers: JSON for programs, tables for people. Both are made of the same JSON.</summary>
internal sealed class Printer(ShellHost host, bool asJson)
{
    private const int RowsForPeopleMax = 200;

    /// <summary>What is printed is a definition at the deepest, with some words around it.</summary>
    internal static readonly JsonDocumentOptions AsDeepAsPrinted = new() { MaxDepth = DefinitionText.DepthMax + 16 };

    private static readonly JsonWriterOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = AsDeepAsPrinted.MaxDepth,
    };

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Lazy<IAnsiConsole> _console = new(() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(host.Output),
    }));

    /// <summary>Gets whether the answer is JSON.</summary>
    internal bool AsJson => asJson;

    /// <summary>Gets the console of a person.</summary>
    internal IAnsiConsole Console => _console.Value;

    /// <summary>Prints one document.</summary>
    internal void One(Action<Utf8JsonWriter> document)
    {
        var json = Text(document);
        if (asJson)
        {
            host.Output.WriteLine(json);
            return;
        }

        using var read = JsonDocument.Parse(json, AsDeepAsPrinted);
        Console.Write(JsonView.Of(read.RootElement));
        Console.WriteLine();
    }

    /// <summary>Prints one document a line.</summary>
    internal void Many<T>(IEnumerable<T> rows, Action<Utf8JsonWriter, T> document)
    {
        if (asJson)
        {
            foreach (var row in rows)
            {
                host.Output.WriteLine(Text(writer => document(writer, row)));
            }

            return;
        }

        var table = new JsonTable();
        foreach (var row in rows)
        {
            if (!table.TryAdd(Text(writer => document(writer, row)), RowsForPeopleMax))
            {
                break;
            }
        }

        table.WriteTo(Console);
    }

    /// <summary>Prints one document a line, as they come.</summary>
    internal async Task ManyAsync<T>(IAsyncEnumerable<T> rows, Action<Utf8JsonWriter, T> document)
    {
        if (asJson)
        {
            await foreach (var row in rows)
            {
                host.Output.WriteLine(Text(writer => document(writer, row)));
            }

            return;
        }

        // A table needs all of its rows, but a person reads no more than so many.
        Many(await rows.Take(RowsForPeopleMax + 1).ToListAsync(), document);
    }

    /// <summary>Prints a line now, for who watches the answer grow.</summary>
    internal void Line(string json)
    {
        host.Output.WriteLine(json);
        host.Output.Flush();
    }

    private string Text(Action<Utf8JsonWriter> document)
    {
        _buffer.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_buffer, Readable))
        {
            writer.WriteStartObject();
            document(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(_buffer.WrittenSpan);
    }
}
