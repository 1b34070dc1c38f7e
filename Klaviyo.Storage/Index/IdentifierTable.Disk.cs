using Klaviyo.Storage.Cold;

namespace Klaviyo.Storage.Index;

// What leaves memory, and comes back. Giving and taking away change memory only, so they cannot fail; what settling could not move
// is still there.
internal sealed partial class IdentifierTable
{
    /// <summary>Moves groups to disk until what stays in memory is within the bound.</summary>
    /// <remarks>A group with a damaged run stays in memory: whoever asks for what is on the damaged page is told.</remarks>
    /// <exception cref="IOException">The disk fails; what could not be moved is still in memory.</exception>
    internal void Settle()
    {
        if (_runs is null || EntryBytes <= EntryBytesMax)
        {
            return;
        }

        lock (_gate)
        {
            while (EntryBytes > EntryBytesMax && Largest() is >= 0 and var group)
            {
                _ = TryForget(group) || TryMoveToDisk(group);
            }

            _runs.DeleteWaste();
            while (_runs.Wasted is { } file && TryMoveOut(file))
            {
                _runs.DeleteWaste();
            }
        }
    }

    /// <summary>Writes anew all that is on disk: what was taken away leaves no trace there.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    /// <exception cref="StoreCorruptedException">What is on disk is damaged.</exception>
    internal void Rewrite()
    {
        lock (_gate)
        {
            _runs?.BeginAnew();
        }

        for (var group = 0; group < PartCount; group++)
        {
            lock (_gate)
            {
                if (_onDisk[group] is not null)
                {
                    MoveToDisk(group);
                }
            }
        }

        lock (_gate)
        {
            _runs?.DeleteWaste();
            _runs?.DeleteStrangers();
        }
    }

    private bool TryRead(in Entry sought, out ProfileKey profile)
    {
        if (!_runs!.TryFind(_onDisk[GroupOf(sought)]!, sought, out var found))
        {
            profile = default;
            return false;
        }

        profile = KeyOf(found);
        Keep(found with { Low = found.Low | Clean });
        return true;
    }

    // Beyond the bound too, a little: the next settling makes room by moving others. Who only reads, and settles nothing, has it
    // in place of others that are on disk.
    private void Keep(in Entry read)
    {
        _changes.Begin();
        ref var part = ref PartOf(read);
        if (part.Entries is not null && !IsFull(part) && TryInsert(part, read))
        {
            part.Count++;
        }
        else if (EntryBytes / 9 < EntryBytesMax / 8)
        {
            Set(ref part, read);
        }
        else if (part.Entries is not null && TryLeaveOutClean(ref part) && TryInsert(part, read))
        {
            part.Count++;
        }

        _changes.End();
    }

    private static bool TryLeaveOutClean(ref Part part)
    {
        var entries = part.Entries!;
        var kept = Array.FindAll(entries, static e => e.High != 0 && (e.Low & Clean) == 0);
        if (kept.Length == part.Count)
        {
            return false;
        }

        Array.Clear(entries);
        part.Count = kept.Length;
        foreach (var entry in kept)
        {
            _ = TryInsert(part, entry);
        }

        return true;
    }

    private long EntryBytesMax => Math.Max(BytesMax - Volatile.Read(ref _runBytes), BytesMax / EntryShareMin);

    // Of those that can be moved the one with most places; -1 where none has any.
    private int Largest()
    {
        var (largest, most) = (-1, 0L);
        for (var group = 0; group < PartCount; group++)
        {
            var places = PlacesOf(group);
            if (places > most && _onDisk[group] is not { IsDamaged: true })
            {
                (largest, most) = (group, places);
            }
        }

        return largest;
    }

    private long PlacesOf(int group)
    {
        var places = 0L;
        foreach (ref readonly var part in PartsOf(group))
        {
            places += part.Entries?.Length ?? 0;
        }

        return places;
    }

    private bool TryMoveToDisk(int group)
    {
        try
        {
            MoveToDisk(group);
            return true;
        }
        catch (StoreCorruptedException)
        {
            return false;
        }
    }

    private bool TryMoveOut(IdentifierFile file)
    {
        var moved = true;
        for (var group = 0; group < PartCount; group++)
        {
            if (_onDisk[group]?.File == file)
            {
                moved &= TryMoveToDisk(group);
            }
        }

        return moved;
    }

    // Readers go on in memory as it was until the new run stands.
    private void MoveToDisk(int group, Func<ProfileKey, bool>? leavesOut = null)
    {
        var old = _onDisk[group];
        var entries = 0L;
        foreach (ref readonly var part in PartsOf(group))
        {
            entries += part.Count;
        }

        var run = _runs!.Write(Merged(group, leavesOut ?? (static _ => false)), entries + (old?.Count ?? 0));
        Replace(group, run);
        if (old is not null)
        {
            IdentifierRuns.Release(old);
        }
    }

    // Where all are on disk as they are.
    private bool TryForget(int group)
    {
        foreach (ref readonly var part in PartsOf(group))
        {
            if (Array.Exists(part.Entries ?? [], static e => e.High != 0 && (e.Low & Clean) == 0))
            {
                return false;
            }
        }

        Replace(group, _onDisk[group]);
        return true;
    }

    private void Replace(int group, IdentifierRun? run)
    {
        _changes.Begin();
        var places = _places - PlacesOf(group);
        Volatile.Write(ref _runBytes, _runBytes + (run?.MemoryBytes ?? 0) - (_onDisk[group]?.MemoryBytes ?? 0));
        Volatile.Write(ref _places, places);
        PartsOf(group).Clear();
        _onDisk[group] = run;
        _changes.End();
    }

    // In the order of their hashes; of those on disk the ones that memory knows nothing of.
    private IEnumerable<Entry> Merged(int group, Func<ProfileKey, bool> leavesOut)
    {
        using var older = (_onDisk[group] is { } run ? _runs!.Read(run) : []).GetEnumerator();
        var more = older.MoveNext();
        for (var part = group * PartsAGroup; part < (group + 1) * PartsAGroup; part++)
        {
            foreach (var entry in _parts[part].Entries ?? [])
            {
                if (entry.High == 0)
                {
                    continue;
                }

                for (; more && older.Current.High <= entry.High; more = older.MoveNext())
                {
                    if (IsOnDiskOnly(older.Current) && !leavesOut(KeyOf(older.Current)))
                    {
                        yield return older.Current;
                    }
                }

                if (!IsGone(entry) && !leavesOut(KeyOf(entry)))
                {
                    yield return entry with { Low = entry.Low & ~Clean };
                }
            }
        }

        for (; more; more = older.MoveNext())
        {
            if (IsOnDiskOnly(older.Current) && !leavesOut(KeyOf(older.Current)))
            {
                yield return older.Current;
            }
        }
    }

    private bool IsOnDiskOnly(in Entry read) => Find(PartOf(read), read) < 0;

    private Span<Part> PartsOf(int group) => _parts.AsSpan(group * PartsAGroup, PartsAGroup);
}
