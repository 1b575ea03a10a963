public import Accounts
public import Domain
public import HTTPServer
public import Logging
import Metrics
public import PostgresAccounts
public import ServiceLifecycle
import Synchronization
public import WebAPI

/// Tells whose session a cookie is of, from memory: a session costs a query when a node sees it first, and none after that.
///
/// Four times a second it reads what was revoked, on whichever node, so a session that ended is refused everywhere within a
/// second. A node that has not heard for ``silenceMax`` believes no session until it hears again.
public final class SessionRegister: Service {
    /// Sessions that a node remembers.
    public static let countMax = 50_000
    /// How often revocations are read.
    private static let pollInterval = Duration.milliseconds(250)
    /// How long sessions are believed while PostgreSQL can't be asked.
    public static let silenceMax = Duration.seconds(10)
    /// How often the database is told of sessions' last requests, and rid of what is over.
    private static let upkeepInterval = Duration.seconds(30)
    /// Sessions of whose requests one statement tells.
    private static let noteMax = 1000
    /// Sessions that are looked up at once; a request with one more is refused.
    private static let lookUpsMax = 64
    /// How often a session is read again because it was revoked meanwhile.
    private static let readingsMax = 3

    private struct State {
        var memory: SessionMemory
        /// When the last reading began that told all revocations; nil: there was none.
        var heardAt: ContinuousClock.Instant?
        var isDeaf = false
    }

    public let clock: SessionClock
    private let store: PostgresAccounts
    private let deletesOld: Bool
    private let key: SessionKey
    private let issuer: String?
    private let ownAccounts: Bool
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let state: Mutex<State>
    private let lookUps = InFlightLimit(countMax: lookUpsMax)
    private let remembered = Meter(label: "holdfast_sessions_remembered")

    /// - Parameters:
    ///   - deletesOld: whether to rid the database of what is over, which takes the right to change accounts.
    ///   - issuer: the identity provider whose users' sessions count; nil: none do. Another provider's user of the same name is
    ///     somebody else.
    ///   - ownAccounts: whether sessions of this instance's own accounts count.
    ///   - now: the clock by which sessions end.
    public init(
        store: PostgresAccounts, deletesOld: Bool = true, key: SessionKey, clock: SessionClock, issuer: String? = nil,
        ownAccounts: Bool = true, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.issuer = issuer
        self.ownAccounts = ownAccounts
        self.store = store
        self.deletesOld = deletesOld
        self.key = key
        self.clock = clock
        self.now = now
        self.logger = logger
        state = Mutex(State(memory: SessionMemory(clock: clock, countMax: Self.countMax)))
    }

    /// The session that a cookie's value is of; nil: there is none, or it has ended.
    ///
    /// - Throws: ``Problem/Code/accountsUnavailable`` where that can't be said now.
    public func find(_ cookie: String) async throws(Problem) -> CookieSessions.Session? {
        guard let secret = key.open(cookie) else { return nil }
        let hash = secret.hash
        if state.withLock({ $0.heardAt == nil }) {
            guard let turn = lookUps.begin() else { throw .accountsUnavailable }
            defer { turn.end() }
            await hear()
        }
        for _ in 0..<Self.readingsMax {
            let now = now()
            let finding = state.withLock { state -> SessionMemory.Finding? in
                guard let heardAt = state.heardAt, heardAt + Self.silenceMax > .now else { return nil }
                return state.memory.find(hash, at: now)
            }
            switch finding {
            case .live(let account): return CookieSessions.Session(account: account, hash: hash)
            case .ended: return nil
            case .unknown: try await lookUp(hash)
            case nil: throw .accountsUnavailable
            }
        }
        throw .accountsUnavailable
    }

    /// The account of a session that is remembered and live, as far as is known; nil: look closer.
    public func remembered(_ cookie: String) -> UserID? {
        guard let hash = key.open(cookie)?.hash else { return nil }
        let now = now()
        guard case .live(let account) = state.withLock({ $0.memory.find(hash, at: now) }) else { return nil }
        return account
    }

    /// Whether a session is remembered, and has not ended, as far as is known. No sign of use: who only listens is idle.
    public func isLive(_ hash: SecretHash) -> Bool {
        let now = now()
        return state.withLock { $0.memory.isLive(hash, at: now) }
    }

    private func lookUp(_ hash: SecretHash) async throws(Problem) {
        guard let turn = lookUps.begin() else { throw .accountsUnavailable }
        defer { turn.end() }
        do {
            let (session, sessionIssuer, number) = try await store.session(hash)
            let now = now()
            let counts = sessionIssuer.map { $0 == issuer } ?? ownAccounts
            let live = session.flatMap { clock.isOver($0.times, at: now) || !counts ? nil : $0 }
            state.withLock { state in _ = state.memory.learn(live, of: hash, asOf: number) }
        } catch {
            logger.warning("a session can't be looked up", metadata: ["reason": "\(error)"])
            throw .accountsUnavailable
        }
    }

    /// Reads what was revoked since the last reading.
    public func hear() async {
        let began = ContinuousClock.now
        do {
            var isWhole = false
            while !isWhole {
                let revocations = try await store.revocations(after: state.withLock { $0.memory.heardThrough })
                isWhole = state.withLock { state in
                    if revocations.isBroken {
                        state.memory.startOver(at: revocations.through)
                    } else {
                        state.memory.revoke(revocations.hashes, through: revocations.through)
                    }
                    return revocations.hashes.count < PostgresAccounts.revocationsMax
                }
            }
            state.withLock { state in
                state.heardAt = max(state.heardAt ?? began, began)
                state.isDeaf = false
            }
        } catch {
            let isNews = state.withLock { state in
                defer { state.isDeaf = true }
                return !state.isDeaf
            }
            if isNews { logger.warning("revoked sessions can't be read", metadata: ["reason": "\(error)"]) }
        }
    }

    public func run() async {
        await cancelWhenGracefulShutdown { [self] in
            var upkeepAt = ContinuousClock.now + Self.upkeepInterval
            while !Task.isCancelled {
                await hear()
                if upkeepAt <= .now {
                    upkeepAt = .now + Self.upkeepInterval
                    await keepUp()
                }
                do {
                    try await Task.sleep(for: Self.pollInterval)
                } catch {
                    break  // Cancelled.
                }
            }
        }
        // What is known of the last requests should survive the node.
        await note()
    }

    private func keepUp() async {
        await note()
        remembered.set(state.withLock { $0.memory.count })
        guard deletesOld else { return }
        do {
            try await store.purge(clock, now: now())
        } catch {
            logger.warning("what is over can't be deleted", metadata: ["reason": "\(error)"])
        }
    }

    /// Tells the database of sessions' last requests. What it can't be told is told with the session's next request.
    func note() async {
        while true {
            let unnoted = state.withLock { $0.memory.takeUnnoted(limit: Self.noteMax) }
            guard !unnoted.isEmpty else { return }
            do {
                try await store.note(unnoted)
            } catch {
                logger.warning("sessions' requests can't be noted", metadata: ["reason": "\(error)"])
                return
            }
        }
    }
}

extension Problem {
    static var accountsUnavailable: Problem {
        Problem(
            .accountsUnavailable, detail: "Whose session this is can't be looked up at this moment.",
            retryAfterSeconds: 1)
    }
}
