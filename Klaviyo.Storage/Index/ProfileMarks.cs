namespace Klaviyo.Storage.Index;

/// <summary>Which profiles of a lane were erased, and which are accounts or custom objects.</summary>
/// <remarks>Two bits each, beside the slots: those may be cold, and reading one that is needs the gate.</remarks>
/// <threadsafety>
/// Changes under the lane's gate. Whoever asks needs none: he sees a change that is made meanwhile, or what was before it.
/// </threadsafety>
internal sealed class ProfileMarks
{
    private const int ProfilesAWord = 32;
    private const ulong Erased = 1;
    private const ulong Object = 2;
    private const ulong Both = Erased | Object;

    private ulong[] _words = [];

    /// <summary>Gets the bytes of memory that this takes.</summary>
    internal long Bytes => (long)_words.Length * sizeof(ulong);

    internal bool IsErased(int ordinal) => (Bits(ordinal) & Erased) != 0;

    internal bool IsObject(int ordinal) => (Bits(ordinal) & Object) != 0;

    internal void MarkObject(int ordinal) => Set(ordinal, Bits(ordinal) | Object);

    /// <summary>Marks a profile as erased: it is nothing else any more.</summary>
    internal void MarkErased(int ordinal) => Set(ordinal, Erased);

    // Beyond the last profile that was ever marked there are none.
    private ulong Bits(int ordinal)
    {
        var words = Volatile.Read(ref _words);
        var word = ordinal / ProfilesAWord;
        return word < words.Length ? Volatile.Read(ref words[word]) >> ShiftOf(ordinal) : 0;
    }

    private void Set(int ordinal, ulong marks)
    {
        var words = _words;
        var word = ordinal / ProfilesAWord;
        if (word >= words.Length)
        {
            Array.Resize(ref words, word + 1 + (word / 4));
        }

        Volatile.Write(ref words[word], (words[word] & ~(Both << ShiftOf(ordinal))) | ((marks & Both) << ShiftOf(ordinal)));
        Volatile.Write(ref _words, words);
    }

    private static int ShiftOf(int ordinal) => ordinal % ProfilesAWord * 2;
}
