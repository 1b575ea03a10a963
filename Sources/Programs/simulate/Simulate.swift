import ArgumentParser
import Foundation
import ProgramOutput
import Simulation
import Synchronization

@main
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Runs the whole path, from client to seat map, in a simulated world where everything goes wrong.",
        discussion: """
            Each seed is one run; the same seed is the same run again, as long as the program is the same. Stops at the \
            first broken promise: prints the seed, the promise and the last steps, and exits with 1.
            """)

    @Option(help: "How many seeds to run.")
    var seeds: UInt64 = 10_000

    @Option(help: "The first of them.")
    var first: UInt64 = 1

    @Option(help: "Run this one alone, with every step.")
    var seed: UInt64?

    @OptionGroup var json: JSONFlag

    static func main() async { await runProgram() }

    /// What came of it, for programs.
    private struct Report: Encodable {
        var isKept: Bool
        /// Of one run: its own. Of several: the first that broke a promise.
        var seed: UInt64?
        var violation: String?
        /// The steps of that run, the last ones if there were several runs.
        var steps: [String]?
        var traceHash: String?
        var first, seeds: UInt64?
        var seedsPerSecond: Int?
        var tally: Tally?
    }

    func validate() throws {
        guard seeds > 0, first.addingReportingOverflow(seeds - 1).overflow == false else {
            throw ValidationError("There are not so many seeds.")
        }
    }

    func run() async throws {
        if let seed {
            try replay(seed)
        } else {
            try await explore()
        }
    }

    private func replay(_ seed: UInt64) throws {
        let run = Run(seed: seed, stepsMax: .max)
        let hash = String(run.traceHash, radix: 16)
        let verdict = "seed \(seed): trace \(hash), \(run.violation?.description ?? "every promise kept")"
        try json.print(
            Report(
                isKept: run.violation == nil, seed: seed, violation: run.violation?.description, steps: run.trace,
                traceHash: hash, tally: run.tally),
            orText: (run.log + run.trace + ["\(run.tally)", verdict]).joined(separator: "\n"))
        if run.violation != nil { throw ExitCode(1) }
    }

    /// Runs the seeds on all cores. Of several that fail the lowest is told, whichever came first.
    private func explore() async throws {
        let progress = Progress(first: first, count: seeds)
        await withDiscardingTaskGroup { tasks in
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
                tasks.addTask {
                    while let seed = progress.next() { progress.ran(Run(seed: seed)) }
                }
            }
        }
        let (ran, failed, tally, rate) = progress.outcome
        guard let failed else {
            return try json.print(
                Report(isKept: true, first: first, seeds: ran, seedsPerSecond: rate, tally: tally),
                orText: "\(tally)\n\(ran) seeds from \(first) on, every promise kept, \(rate) seeds/s")
        }
        let violation = failed.violation?.description ?? ""
        let lines =
            failed.trace + [
                "seed \(failed.seed): \(violation)",
                "tools/simulate --seed \(failed.seed) runs it again, with every step",
            ]
        try json.print(
            Report(isKept: false, seed: failed.seed, violation: violation, steps: failed.trace, first: first),
            orText: lines.joined(separator: "\n"))
        throw ExitCode(1)
    }
}

/// Hands out seeds and collects what came of them.
private final class Progress: Sendable {
    private struct State {
        var nextIndex: UInt64 = 0
        var ran: UInt64 = 0
        var failed: Run?
        var tally = Tally()
        var toldAt = ContinuousClock.now
    }

    private let first: UInt64
    private let count: UInt64
    private let started = ContinuousClock.now
    private let state = Mutex(State())
    private static let interval = Duration.seconds(2)

    init(first: UInt64, count: UInt64) {
        self.first = first
        self.count = count
    }

    /// Nil: there are no more, or one has failed.
    func next() -> UInt64? {
        state.withLock { state in
            guard state.nextIndex < count, state.failed == nil else { return nil }
            defer { state.nextIndex += 1 }
            return first + state.nextIndex
        }
    }

    func ran(_ run: Run) {
        state.withLock { state in
            state.ran += 1
            state.tally += run.tally
            if run.violation != nil, run.seed < state.failed?.seed ?? .max { state.failed = run }
            guard .now - state.toldAt >= Self.interval else { return }
            state.toldAt = .now
            let line = "\(state.ran) of \(count) seeds, \(rate(state.ran)) seeds/s\n"
            FileHandle.standardError.write(Data(line.utf8))
        }
    }

    var outcome: (ran: UInt64, failed: Run?, tally: Tally, rate: Int) {
        state.withLock { ($0.ran, $0.failed, $0.tally, rate($0.ran)) }
    }

    private func rate(_ ran: UInt64) -> Int { Int(Double(ran) / max((.now - started) / .seconds(1), 0.001)) }
}
