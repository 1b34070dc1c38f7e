using System.Runtime.InteropServices;
using System.Text;
using Klaviyo.Samples;

// Both ways of being asked to stop end politely: what is durable is said, the store is closed.
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 1 << 16);
return await Shell.RunAsync(args, output, Console.Error, Console.OpenStandardInput(), stop.Token);

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
