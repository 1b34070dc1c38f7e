// Fixtures run side by side, on as many threads as there are cores: much of the time of a test is a disk that syncs. Those that measure
// the process, print to the console, or kill others by the clock say that they want to be alone.
[assembly: Parallelizable(ParallelScope.Fixtures)]
