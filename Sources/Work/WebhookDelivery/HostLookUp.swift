import Domain
import NIOCore
import NIOPosix
import Synchronization

/// Asks the system for a host's address, which blocks, on threads of its own.
///
/// Each organisation has a share of the threads, and a line in which its look-ups wait: silent name servers hold up nobody
/// but those who have named them.
final class HostLookUp: Sendable {
    enum Answer: Sendable {
        case address(SocketAddress)
        /// The name servers say that the host has none.
        case none
        /// Nobody could say in time.
        case unknown
    }

    static let shared = HostLookUp { host, port in try .makeAddressResolvingHost(host, port: port) }

    typealias Resolve = @Sendable (_ host: String, _ port: Int) throws -> SocketAddress

    /// So many organisations' name servers would have to be silent at once.
    private static let threadCount = 32
    /// Look-ups of one organisation that run at once: those that nobody waits for any more count until the system gives up.
    private static let runningMax = 2
    /// Those that wait; an organisation has fewer endpoints.
    private static let waitingMax = 100
    private static let timeout = Duration.seconds(5)

    /// One question.
    private final class LookUp: Sendable {
        let host: String
        let port: Int
        let answer: AsyncStream<Answer>.Continuation
        /// Whether somebody still waits for it.
        let isWanted = Atomic(true)

        init(host: String, port: Int, answer: AsyncStream<Answer>.Continuation) {
            self.host = host
            self.port = port
            self.answer = answer
        }
    }

    /// An organisation's look-ups.
    private struct Line {
        var running = 0
        var waiting: [LookUp] = []
    }

    private let threads = NIOThreadPool(numberOfThreads: threadCount)
    private let lines = Mutex<[OrganisationID: Line]>([:])
    private let resolve: Resolve

    /// - Parameter resolve: blocks.
    init(resolve: @escaping Resolve) {
        self.resolve = resolve
        threads.start()
    }

    func address(of host: String, port: Int, for organisation: OrganisationID) async -> Answer {
        let (answers, answer) = AsyncStream<Answer>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let lookUp = LookUp(host: host, port: port, answer: answer)
        begin(lookUp, for: organisation)
        let timer = Task {
            do { try await Task.sleep(for: Self.timeout) } catch { return }
            answer.yield(.unknown)
        }
        defer {
            timer.cancel()
            lookUp.isWanted.store(false, ordering: .relaxed)
        }
        // Cancelled, it ends at once.
        for await found in answers { return found }
        return .unknown
    }

    private func begin(_ lookUp: LookUp, for organisation: OrganisationID) {
        let (starts, isRefused) = lines.withLock { lines -> (Bool, Bool) in
            var line = lines[organisation, default: Line()]
            defer { lines[organisation] = line }
            if line.running < Self.runningMax {
                line.running += 1
                return (true, false)
            }
            line.waiting.removeAll { !$0.isWanted.load(ordering: .relaxed) }
            guard line.waiting.count < Self.waitingMax else { return (false, true) }
            line.waiting.append(lookUp)
            return (false, false)
        }
        if isRefused { lookUp.answer.yield(.unknown) }
        if starts { run(lookUp, for: organisation) }
    }

    private func run(_ lookUp: LookUp, for organisation: OrganisationID) {
        threads.submit { [self] state in
            if state == .active, lookUp.isWanted.load(ordering: .relaxed) { lookUp.answer.yield(look(lookUp)) }
            if let next = next(of: organisation) { run(next, for: organisation) }
        }
    }

    private func look(_ lookUp: LookUp) -> Answer {
        do {
            return .address(try resolve(lookUp.host, lookUp.port))
        } catch {
            return .none
        }
    }

    /// Who comes after one that is done.
    private func next(of organisation: OrganisationID) -> LookUp? {
        lines.withLock { lines in
            var line = lines[organisation, default: Line()]
            let next = line.waiting.firstIndex { $0.isWanted.load(ordering: .relaxed) }
            line.waiting.removeFirst(next ?? line.waiting.count)
            if next == nil { line.running -= 1 }
            let first = next == nil ? nil : line.waiting.removeFirst()
            lines[organisation] = line.running == 0 ? nil : line
            return first
        }
    }
}
