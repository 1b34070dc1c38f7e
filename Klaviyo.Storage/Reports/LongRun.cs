namespace Klaviyo.Storage.Reports;

/// <summary>Numbers that ascend, each as what it is more than the one before: seven bits a byte, the lowest first.</summary>
/// <remarks>In blocks that are small enough for the garbage collector to move.</remarks>
/// <threadsafety>One thread at a time.</threadsafety>
internal sealed class LongRun
{
    private const int BlockBytes = 80_000;
    private const int NumberBytesMax = 10;
    private const int Bits = 7;
    private const int More = 1 << Bits;

    private readonly List<byte[]> _blocks = [];
    private int _used = BlockBytes;
    private long _last = -1;

    /// <summary>Gets how many numbers there are.</summary>
    internal long Count { get; private set; }

    /// <summary>Makes a run of all numbers of two.</summary>
    internal static LongRun Merge(LongRun one, LongRun other)
    {
        var (merged, a, b) = (new LongRun(), new Reader(one), new Reader(other));
        var (hasA, hasB) = (a.MoveNext(), b.MoveNext());
        while (hasA || hasB)
        {
            var (takesA, takesB) = (hasA && (!hasB || a.Current <= b.Current), hasB && (!hasA || b.Current <= a.Current));
            merged.Append(takesA ? a.Current : b.Current);
            hasA = takesA ? a.MoveNext() : hasA;
            hasB = takesB ? b.MoveNext() : hasB;
        }

        return merged;
    }

    /// <summary>Adds a number that is greater than all before it, and not negative.</summary>
    internal void Append(long number)
    {
        if (_used + NumberBytesMax > BlockBytes)
        {
            _blocks.Add(new byte[BlockBytes]);
            _used = 0;
        }

        var block = _blocks[^1];
        var more = unchecked((ulong)(number - _last) - 1);
        for (; more >= More; more >>= Bits)
        {
            block[_used++] = unchecked((byte)(more | More));
        }

        block[_used++] = (byte)more;
        _last = number;
        Count++;
    }

    public Reader GetEnumerator() => new(this);

    /// <summary>Reads a run in order. Nothing is appended meanwhile.</summary>
    internal struct Reader(LongRun run)
    {
        private long _left = run.Count;
        private int _block;
        private int _at;

        public long Current { get; private set; } = -1;

        public bool MoveNext()
        {
            if (_left-- == 0)
            {
                return false;
            }

            if (_at + NumberBytesMax > BlockBytes)
            {
                (_block, _at) = (_block + 1, 0);
            }

            var bytes = run._blocks[_block];
            ulong more = 0;
            byte next;
            var shift = 0;
            do
            {
                next = bytes[_at++];
                more |= (ulong)(next & (More - 1)) << shift;
                shift += Bits;
            }
            while (next >= More);

            Current = unchecked(Current + (long)more + 1);
            return true;
        }
    }
}
