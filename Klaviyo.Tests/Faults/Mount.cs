using System.ComponentModel;
using System.Diagnostics;

namespace Klaviyo.Tests.Faults;

/// <summary>A small file system of its own in memory, where the machine allows one to be mounted.</summary>
internal sealed class Mount : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("klaviyo-mount-");

    private Mount()
    {
    }

    internal string Path => _folder.FullName;

    /// <summary>Mounts; where that is not allowed, the test is skipped and says so.</summary>
    internal static Mount OfBytes(long bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("Small file systems are made on Linux only.");
        }

        var mount = new Mount();
        if (Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "tmpfs", mount.Path) != 0)
        {
            mount._folder.Delete();
            Assert.Ignore("This machine does not allow a file system to be mounted.");
        }

        return mount;
    }

    internal void MakeReadOnly() => Assert.That(Run("mount", "-o", "remount,ro", Path), Is.Zero);

    internal void MakeWritable() => Assert.That(Run("mount", "-o", "remount,rw", Path), Is.Zero);

    public void Dispose()
    {
        Run("umount", "-l", Path);
        _folder.Delete();
    }

    private static int Run(string command, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(command, arguments) { RedirectStandardError = true };
            using var process = Process.Start(start)!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (Win32Exception)
        {
            return -1;
        }
    }
}
