using System.Globalization;

namespace Klaviyo.Samples.Commands;

/// <summary>Watches an import: acknowledgements for a program, a counting line for a person.</summary>
internal sealed class ImportWatch(Call call, bool acks) : IProgress<ImportProgress>, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly bool _shows = call.Host.ShowsProgress && !acks;
    private long _shown;
    private bool _lineIsOpen;

    /// <summary>Gets how many of the first records are durable.</summary>
    internal long Durable { get; private set; }

    public void Report(ImportProgress value)
    {
        if (acks && value.DurableRecords > Durable)
        {
            call.Print.Line(string.Create(CultureInfo.InvariantCulture, $"{{\"durable\": {value.DurableRecords}}}"));
        }

        Durable = value.DurableRecords;
        if (_shows && TimeProvider.System.GetElapsedTime(_shown) > Pause)
        {
            _shown = TimeProvider.System.GetTimestamp();
            Show(value);
        }
    }

    /// <summary>Ends the counting line, so that what is printed next has a line of its own.</summary>
    public void Dispose()
    {
        if (_lineIsOpen)
        {
            call.Host.Error.WriteLine();
        }
    }

    private void Show(ImportProgress value)
    {
        var share = value.BytesTotal is > 0 and { } total ? $"{100 * value.Bytes / total} % " : "";
        call.Host.Error.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"\r{share}{value.Records:N0} read, {value.DurableRecords:N0} durable, {value.Rejected:N0} refused   "));
        _lineIsOpen = true;
    }
}
