import Foundation
import Subprocess
import Synchronization
import SystemPackage

/// One run of an executable, from its start to its end. Its output goes to the end of a file.
final class NodeProcess: Sendable {
    let id: pid_t
    private let run: Task<TerminationStatus, any Error>
    private let ended = Mutex(false)

    /// - Parameter environment: added to the tests' own.
    static func start(
        _ path: String, _ arguments: [String], environment: [Environment.Key: String] = [:], logFile: URL
    ) async throws -> NodeProcess {
        let log = try FileDescriptor.open(
            FilePath(logFile.path), .writeOnly, options: [.append, .create], permissions: [.ownerReadWrite, .groupRead])
        let (started, begin) = AsyncThrowingStream<pid_t, any Error>.makeStream()
        let run = Task {
            do {
                let result = try await Subprocess.run(
                    .path(FilePath(path)), arguments: Arguments(arguments),
                    environment: .inherit.updating(environment.mapValues { $0 }), input: .none,
                    output: .fileDescriptor(log, closeAfterSpawningProcess: false),
                    error: .fileDescriptor(log, closeAfterSpawningProcess: true)
                ) { execution in
                    begin.yield(execution.processIdentifier.value)
                }
                return result.terminationStatus
            } catch {
                begin.finish(throwing: error)
                throw error
            }
        }
        for try await id in started {
            await Reaper.shared.add(id)
            return NodeProcess(id: id, run: run)
        }
        throw CancellationError()
    }

    private init(id: pid_t, run: Task<TerminationStatus, any Error>) {
        self.id = id
        self.run = run
    }

    /// Sends a signal; to nobody once the process was seen to end.
    func signal(_ signal: CInt) { if !ended.withLock({ $0 }) { kill(id, signal) } }

    /// False once it has ended, by itself or not.
    var isThere: Bool { kill(id, 0) == 0 }

    /// Waits for its end and says how it was: an exit status, or 128 and the signal that ended it.
    func end() async throws -> Int {
        let status = try await run.value
        if !ended.withLock({ ended in
            defer { ended = true }; return ended
        }) {
            await Reaper.shared.remove(id)
        }
        switch status {
        case .exited(let code): return Int(code)
        case .signaled(let signal): return 128 + Int(signal)
        }
    }
}
