using BenchmarkDotNet.Attributes;
using Klaviyo.Bench.Compare.Data;
using Klaviyo.Storage.Import;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Records;

namespace Klaviyo.Bench.Micro;

/// <summary>One event with eight properties: its limits, its bytes, and one property out of the bytes.</summary>
[MemoryDiagnoser]
public class EncodeBenchmarks
{
    private const int Count = 1000;

    private readonly CustomerEvent[] _events = new CustomerEvent[Count];
    private readonly byte[][] _payloads = new byte[Count][];
    private readonly NameTable _names = new();
    private RecordWriter _writer = null!;
    private int _city;

    [GlobalSetup]
    public void Setup()
    {
        var samples = new SampleEvents(Count, 100);
        _writer = new RecordWriter(_names, name => _names.Add(name));
        for (var i = 0; i < Count; i++)
        {
            _events[i] = samples.Write(samples.History(i));
            _payloads[i] = _writer.Event(i, _events[i], SampleEvents.AsOf).ToArray();
        }

        _city = _writer.CodeOf("City");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count)]
    public long Encode()
    {
        var bytes = 0L;
        foreach (var sent in _events)
        {
            bytes += _writer.Event(7, sent, SampleEvents.AsOf).Length;
        }

        return bytes;
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int CheckLimits()
    {
        var kept = 0;
        foreach (var sent in _events)
        {
            kept += EventLimits.Check(sent) is null ? 1 : 0;
        }

        return kept;
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int ReadProperty()
    {
        var inParis = 0;
        foreach (var payload in _payloads)
        {
            var city = EventRecord.ReadProperty(payload, _city, _names, _names.Strings);
            inParis += city.AsString() == SampleEvents.Paris ? 1 : 0;
        }

        return inParis;
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public long ReadForReplay()
    {
        var sum = 0L;
        for (var i = 0; i < Count; i++)
        {
            sum += EventRecord.Read(_payloads[i]).Row(i).UniqueId;
        }

        return sum;
    }
}
