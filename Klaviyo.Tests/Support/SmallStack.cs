using System.Runtime.ExceptionServices;

namespace Klaviyo.Tests.Support;

// Runs on a thread with a third of the usual stack. One that overflows ends the whole process: then no test is left to fail.
internal static class SmallStack
{
    internal const int Bytes = 512 * 1024;

    internal static void Run(Action action)
    {
        ExceptionDispatchInfo? fault = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    action();
                }
                catch (Exception broken)
                {
                    fault = ExceptionDispatchInfo.Capture(broken);
                }
            },
            Bytes);
        thread.Start();
        thread.Join();
        fault?.Throw();
    }
}
