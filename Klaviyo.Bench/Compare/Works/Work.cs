namespace Klaviyo.Bench.Compare.Works;

/// <summary>Something that the subjects do while a clock runs.</summary>
internal abstract class Work
{
    internal abstract Task RunAsync(CompareRun run);
}
