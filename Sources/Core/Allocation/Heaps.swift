import CMalloc

// The process's memory, as glibc hands it out (https://man7.org/linux/man-pages/man3/mallopt.3.html).

/// Has all threads of the process share a few heaps, and keeps large blocks out of them. To be called before any thread
/// is started.
///
/// glibc gives each thread a heap of its own, up to eight for each processor, and a heap keeps what was freed in its
/// middle. Here work moves from thread to thread, so every heap would grow to the size of the largest job: reading many
/// seating plans, say. It also learns from every large block that is freed to take the next one from a heap; a snapshot
/// would stay in memory for ever.
///
/// - Parameters:
///   - count: how many heaps.
///   - bytes: a block of so many or more is given back to the system as soon as it is freed.
public func shareHeaps(_ count: Int32 = 2, largeBlock bytes: Int32 = 1 << 20) {
    guard mallopt(M_ARENA_MAX, count) == 1, mallopt(M_MMAP_THRESHOLD, bytes) == 1 else {
        preconditionFailure("glibc refuses \(count) heaps, or blocks of \(bytes) bytes")
    }
}

/// Gives what is free in the heaps back to the system: after a job that took much more memory than what follows. Takes
/// some milliseconds, and threads that need memory wait meanwhile.
public func giveBackFreeMemory() { malloc_trim(0) }
