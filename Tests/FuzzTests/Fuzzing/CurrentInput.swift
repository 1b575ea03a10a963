import Foundation
import Synchronization

/// The input that is being parsed, in a file: a parser that traps takes the process with it, and the input must be left.
///
/// Watches for hangs as well. Whoever parses the same input for ``hangSeconds`` never ends, and ends the process here: a
/// test's time limit could not end it.
final class CurrentInput: Sendable {
    /// Far beyond what any input takes on a busy machine.
    private static let hangSeconds = 300

    let path: String
    private let file: FileHandle
    private let folder: String
    private let parser: String
    private let watch = Mutex((turn: 0, input: [UInt8](), isOpen: true))

    init(parser: String, folder: String) throws {
        self.parser = parser
        self.folder = folder
        path = "\(folder)/holdfast-fuzz-\(parser)-\(ProcessInfo.processInfo.processIdentifier).input"
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forUpdatingAtPath: path)
        else { throw Violation("\(path) can't be written") }
        self.file = file
        let thread = Thread { [self] in guardAgainstHangs() }
        thread.start()
    }

    func set(_ input: [UInt8]) {
        watch.withLock {
            $0.turn += 1
            $0.input = input
        }
        // Not truncated between the two: a crash in between leaves the older input, or a mix with its length.
        let written = input.withUnsafeBytes { pwrite(file.fileDescriptor, $0.baseAddress, $0.count, 0) }
        guard written == input.count, ftruncate(file.fileDescriptor, off_t(input.count)) == 0 else {
            fatalError("\(path) can't be written")
        }
    }

    /// Leaves the input in a file of its own; says which.
    func keep(_ number: Int) -> String {
        let kept = "\(folder)/holdfast-fuzz-\(parser)-\(ProcessInfo.processInfo.processIdentifier)-\(number).found"
        do {
            try Data(watch.withLock { $0.input }).write(to: URL(filePath: kept))
            return "kept as \(kept); once mended it belongs in Tests/FuzzTests/Corpus/\(parser)"
        } catch {
            return "it could not be kept: \(error)"
        }
    }

    func close() {
        watch.withLock { $0.isOpen = false }
        do {
            try file.close()
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("left behind: \(path): \(error)")
        }
    }

    private func guardAgainstHangs() {
        var seen = -1
        var seconds = 0
        while true {
            Thread.sleep(forTimeInterval: 1)
            let (turn, isOpen) = watch.withLock { ($0.turn, $0.isOpen) }
            guard isOpen else { return }
            seconds = turn == seen ? seconds + 1 : 0
            seen = turn
            if seconds >= Self.hangSeconds { fatalError("\(parser) hangs on the input in \(path)") }
        }
    }
}
