internal import Foundation
internal import Synchronization
internal import SystemPackage

/// The file that the ledger is made of: JSON lines, appended, written and synced before anybody hears of them.
///
/// One thread writes what has come together since its last sync, so that many calls share one. What was not answered
/// may be cut off at the end of the file; it is dropped when the file is opened again.
final class Journal: Sendable {
    struct Refusal: Error, CustomStringConvertible {
        var description: String
    }

    private struct Waiting {
        var pending: [UInt8] = []
        /// Lines that were given, and of those the ones that are safe.
        var given = 0
        var safe = 0
        var waiters: [(line: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let file: FileDescriptor
    private let waiting = Mutex(Waiting())
    private let work = DispatchSemaphore(value: 0)

    /// Opens the file, made where it is missing, and gives every entry in it to `take`.
    ///
    /// - Throws: ``Refusal`` where another process has it open, or a line is not an entry.
    init(path: String, take: (Entry) -> Void) throws {
        file = try FileDescriptor.open(
            FilePath(path), .readWrite, options: [.create, .append], permissions: [.ownerReadWrite, .groupRead])
        // Gone with the process, however that ends.
        guard lockf(file.rawValue, F_TLOCK, 0) == 0 else { throw Refusal(description: "\(path) is in use") }
        try Self.read(file, path, take)
        let thread = Thread { [self] in write() }
        thread.name = "journal"
        thread.start()
    }

    /// How many lines there are by now; see ``wait(for:)``.
    var end: Int { waiting.withLock { $0.given } }

    /// Takes a line to be written; call it in the order of what happened.
    func append(_ line: [UInt8]) {
        waiting.withLock { waiting in
            waiting.pending.append(contentsOf: line)
            waiting.given += 1
        }
        work.signal()
    }

    /// Returns when the first `lines` lines are on the disk.
    func wait(for lines: Int) async {
        await withCheckedContinuation { continuation in
            let isSafe = waiting.withLock { waiting in
                if waiting.safe < lines { waiting.waiters.append((lines, continuation)) }
                return waiting.safe >= lines
            }
            if isSafe { continuation.resume() }
        }
    }

    // MARK: The thread

    private func write() {
        while true {
            work.wait()
            let (bytes, given) = waiting.withLock { waiting in
                defer { waiting.pending.removeAll() }
                return (waiting.pending, waiting.given)
            }
            // Somebody else's signal had the line with it.
            guard !bytes.isEmpty else { continue }
            do {
                try file.writeAll(bytes)
                guard fdatasync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
            } catch {
                // What is not on the disk must not be answered, and what may be half there not be added to.
                FileHandle.standardError.write(Data("the journal can't be written: \(error)\n".utf8))
                exit(EXIT_FAILURE)
            }
            let done = waiting.withLock { waiting in
                waiting.safe = given
                let split = waiting.waiters.partition { $0.line <= given }
                let done = waiting.waiters[split...]
                waiting.waiters.removeSubrange(split...)
                return done
            }
            for waiter in done { waiter.continuation.resume() }
        }
    }

    // MARK: Reading

    private static let readBytes = 1 << 20

    private static func read(_ file: FileDescriptor, _ path: String, _ take: (Entry) -> Void) throws {
        let decoder = JSONDecoder()
        var rest: [UInt8] = []
        var offset: Int64 = 0
        var number = 0
        while true {
            let part = try [UInt8](unsafeUninitializedCapacity: readBytes) { buffer, count in
                count = try file.read(fromAbsoluteOffset: offset, into: UnsafeMutableRawBufferPointer(buffer))
            }
            guard !part.isEmpty else { break }
            offset += Int64(part.count)
            rest += part
            var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            rest = Array(lines.removeLast())
            for line in lines {
                number += 1
                do {
                    take(try decoder.decode(Entry.self, from: Data(line)))
                } catch {
                    throw Refusal(description: "\(path), line \(number): \(error)")
                }
            }
        }
        // A line without an end was being written when the process died: nobody was answered.
        if !rest.isEmpty { try file.resize(to: offset - Int64(rest.count)) }
    }
}
