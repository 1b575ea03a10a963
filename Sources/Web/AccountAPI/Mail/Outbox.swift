public import Accounts
public import Domain
public import Logging
public import MailDelivery
import Metrics
public import ServiceLifecycle
import Synchronization
import Text

/// Does what a request asked for after the request was answered, and mails what came of it. So neither an answer nor its time
/// can depend on whether an address has an account.
///
/// What waits is bounded, and lost when the process ends at once: whoever gets no mail asks again.
public final class Outbox: Service {
    /// What waits; one more is refused.
    public static let waitingMax = 1000
    /// What is done at once.
    private static let atOnceMax = 4
    /// How often something is tried before it is given up.
    private static let attemptsMax = 5
    /// The pause after the first failure; each is four times the one before.
    private static let pauseMin = Duration.seconds(1)

    /// Comes to a mail; nil: there is none to send. Done again after a failure.
    typealias Errand = @Sendable () async throws -> Mail?

    private let transport: any MailTransport
    private let sender: EmailAddress
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let errands: AsyncStream<Errand>
    private let post: AsyncStream<Errand>.Continuation
    private let isStopping = Mutex(false)
    private let sent = Counter(label: "holdfast_mails_sent")
    private let failed = Counter(label: "holdfast_mails_failed")
    private let refused = Counter(label: "holdfast_mails_refused")

    /// - Parameters:
    ///   - sender: what mail comes from.
    ///   - now: the clock for its dates.
    public init(
        _ transport: any MailTransport, from sender: EmailAddress, now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.transport = transport
        self.sender = sender
        self.now = now
        self.logger = logger
        (errands, post) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.waitingMax))
    }

    /// Takes something to do; false: too much waits already.
    func post(_ errand: @escaping Errand) -> Bool {
        guard case .enqueued = post.yield(errand) else {
            refused.increment()
            return false
        }
        return true
    }

    /// Works until it is told to stop, and then does what waits, each once.
    public func run() async {
        await withGracefulShutdownHandler { [self] in
            await withTaskGroup(of: Void.self) { group in
                var atWork = 0
                for await errand in errands {
                    if atWork == Self.atOnceMax {
                        await group.next()
                        atWork -= 1
                    }
                    group.addTask { await self.perform(errand) }
                    atWork += 1
                }
            }
        } onGracefulShutdown: { [self] in
            isStopping.withLock { $0 = true }
            post.finish()
        }
    }

    private func perform(_ errand: Errand) async {
        guard let mail = await retrying("what to mail can't be found out", errand) ?? nil else { return }
        let id = Self.makeID(at: now())
        let message = mail.message(from: sender, id: id, at: now())
        let isSent = await retrying("a mail can't be sent") {
            try await self.transport.deliver(message)
            return true
        }
        if isSent == true { sent.increment() }
    }

    /// Nil: it failed too often.
    private func retrying<R>(_ fault: String, _ step: () async throws -> R) async -> R? {
        var pause = Self.pauseMin
        for attempt in 1... {
            do {
                return try await step()
            } catch {
                let isRefused = (error as? UndeliveredMail)?.verdict == .refused
                let isLast = isRefused || attempt >= Self.attemptsMax || isStopping.withLock { $0 } || Task.isCancelled
                logger.log(
                    level: isLast ? .error : .warning, "\(fault)",
                    metadata: ["reason": "\(error)", "attempt": "\(attempt)", "last": "\(isLast)"])
                if isLast { break }
            }
            do {
                try await Task.sleep(for: pause)
            } catch {
                break  // Cancelled.
            }
            pause *= 4
        }
        failed.increment()
        return nil
    }

    /// Sorts by time.
    private static func makeID(at time: Timestamp) -> String {
        var generator = SystemRandomNumberGenerator()
        let random = (0..<8).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return OutgoingMail.idPrefix(at: time) + random.hex
    }
}
