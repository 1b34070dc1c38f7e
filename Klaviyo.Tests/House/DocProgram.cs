using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Klaviyo.Tests.House;

// The C# of a page, block after block, as the Program.cs of a new console project that references the library: what a reader has who
// pastes it. Nothing is declared for it. What a test wants to know of it stands behind it, in full names.
internal static class DocProgram
{
    // What a new console project has without saying so.
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    // NUnit for the page about tests, which says that it uses it.
    private static readonly string[] Libraries = ["Klaviyo.Core.dll", "Klaviyo.Storage.dll", "Klaviyo.Flows.dll", "nunit.framework.dll"];

    private static readonly string Framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    /// <summary>Compiles without a warning and runs, in a directory of its own.</summary>
    /// <returns>What it printed.</returns>
    internal static async Task<string> RunAsync(IEnumerable<string> blocks, string questions = "")
    {
        var main = Compiled(string.Join("\n\n", blocks.Append(questions))).EntryPoint!;
        var folder = Directory.CreateTempSubdirectory("klaviyo-docs-").FullName;
        var (console, here, temporary) = (Console.Out, Environment.CurrentDirectory, Environment.GetEnvironmentVariable("TMPDIR"));
        using var printed = new StringWriter();
        try
        {
            Console.SetOut(printed);
            Environment.CurrentDirectory = folder;
            Environment.SetEnvironmentVariable("TMPDIR", folder);
            await Task.Run(() => main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [Array.Empty<string>()], null));
        }
        finally
        {
            Console.SetOut(console);
            Environment.CurrentDirectory = here;
            Environment.SetEnvironmentVariable("TMPDIR", temporary);
            Directory.Delete(folder, recursive: true);
        }

        return printed.ToString();
    }

    private static Assembly Compiled(string program)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => Path.GetDirectoryName(p) == Framework || Libraries.Contains(Path.GetFileName(p)))
            .Select(p => MetadataReference.CreateFromFile(p));
        var compilation = CSharpCompilation.Create(
            "Page",
            [CSharpSyntaxTree.ParseText(ImplicitUsings), CSharpSyntaxTree.ParseText(program)],
            references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var diagnostics = compilation.Emit(image).Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning);
        Assert.That(diagnostics.Select(d => $"{d}: {Line(program, d)}"), Is.Empty);
        image.Position = 0;
        return new AssemblyLoadContext("page", isCollectible: true).LoadFromStream(image);
    }

    private static string Line(string program, Diagnostic diagnostic) =>
        program.Split('\n').ElementAtOrDefault(diagnostic.Location.GetLineSpan().StartLinePosition.Line) ?? "";
}
