public import EventLog
public import Following
import HTTPServer
public import HTTPTypes
public import Hummingbird
public import Projection
import Traces
import Tracing

/// Makes a read as fresh as it was asked to be, or says honestly that it can't.
public struct FreshRead: Sendable {
    private let status: @Sendable () -> Replica.Status
    private let log: any EventReader

    public init(replica: Replica, log: any EventReader) {
        self.init(log: log) { replica.status }
    }

    /// - Parameter status: where the replica stands that keeps the views.
    init(log: any EventReader, status: @escaping @Sendable () -> Replica.Status) {
        self.status = status
        self.log = log
    }

    /// Reads `view` once it has what the request's token asks for. `body` gets the place that it reads.
    ///
    /// Throws a ``Problem`` when the view does not get there, and what `body` throws.
    public func read<P: Projection, R: Sendable>(
        _ view: View<P>, for request: Request, _ body: (borrowing P, _ place: LogPosition) throws -> R
    ) async throws -> R {
        try await read(view, for: request, since: nil) { projection, place, _ in try body(projection, place) }
    }

    /// Reads `view` once it has what the request's token asks for, and `since`.
    ///
    /// - Parameters:
    ///   - since: what the caller has seen of this.
    ///   - body: gets the place that it reads, and `since` if that is still in the log: of whatever epoch it is, what
    ///     comes after its sequence number is what the caller has not seen. If it was lost, the caller has seen nothing.
    public func read<P: Projection, R: Sendable>(
        _ view: View<P>, for request: Request, since: LogPosition?,
        _ body: (borrowing P, _ place: LogPosition, _ since: LogPosition?) throws -> R
    ) async throws -> R {
        try await read(view, for: request, since: since) { isFresh, since in
            // Compared and read under one lock: no other epoch can begin in between.
            try view.read { projection, place in isFresh(place) ? try body(projection, place, since) : nil }
        }
    }

    /// Reads `view` if that takes no waiting: if it has what the request's token asks for. Nil: ``read(_:for:_:)`` decides.
    public func readNow<P: Projection, R: Sendable>(
        _ view: View<P>, for headers: HTTPFields, _ body: (borrowing P, _ place: LogPosition) throws -> R?
    ) rethrows -> R? {
        // Without the view's lock: a view that catches up holds it for long.
        guard status().hasCaughtUp else { return nil }
        let wanted: LogPosition?
        do {
            switch try Freshness(headers) {
            case .any: wanted = nil
            case .token(let token): wanted = token
            case .head: return nil
            }
        } catch {
            return nil
        }
        return try view.read { projection, place in
            guard isFresh(place, with: wanted) else { return nil }
            return try body(projection, place)
        }
    }

    /// Reads what follows the log as `follower` says, once it has what the request's token asks for, and `since`.
    ///
    /// - Parameter attempt: reads it, together with the place it is of; nil where that place is not `isFresh`. Gets
    ///   `since`, unless it was lost.
    public func read<R>(
        _ follower: some LogFollower, for request: Request, since given: LogPosition? = nil,
        attempt: (_ isFresh: (LogPosition) -> Bool, _ since: LogPosition?) async throws -> R?
    ) async throws -> R {
        try checkReadiness()
        let deadline = ContinuousClock.now + WaitPreference.timeout(request.headers)
        let freshness = try Freshness(request.headers)
        var wanted = try await token(for: freshness)
        var since = given
        while true {
            let (needed, seen) = (wanted, since)
            let result = try await attempt(
                { isFresh($0, with: needed) && $0.includes(seen) }, seen == nil ? nil : given)
            if let result { return result }
            // A lost tail may have emptied the view meanwhile.
            try checkReadiness()

            let place = follower.place
            do throws(Problem) {
                if let token = wanted, !place.includes(token) { wanted = try await confirmed(token, at: place) }
            } catch {
                // A failover cut off the head that was read: what was asked for is the head there is now.
                guard freshness == .head, error.code == .sequenceLost else { throw error.clearingCookie(of: request) }
                wanted = try await token(for: freshness)
            }
            do throws(Problem) {
                if let token = since, !place.includes(token) { since = try await confirmed(token, at: place) }
            } catch {
                guard error.code == .sequenceLost else { throw error }
                since = nil
            }
            // Before a follower knows its epoch, nothing can be said of any place.
            for token in [wanted, since, LogPosition(epoch: 1, position: 0)] {
                if let token { try await wait(for: token, on: follower, until: deadline) }
            }
        }
    }

    /// The place that a read of the log itself is of: `given`, or the head, which is as fresh as any request can ask.
    ///
    /// Throws a ``Problem`` where `given`, or the request's token, is no place that the log has.
    public func place(at given: LogPosition?, for request: Request) async throws -> LogPosition {
        let freshness = try Freshness(request.headers)
        let head = try await readHead()
        if let given { _ = try await confirmed(given, at: head) }
        if case .token(let token) = freshness {
            do throws(Problem) {
                _ = try await confirmed(token, at: head)
            } catch {
                throw error.clearingCookie(of: request)
            }
        }
        return given ?? head
    }

    /// Whether who reads at this place sees what `token` stands for, and no state of before the views had caught up.
    private func isFresh(_ place: LogPosition, with token: LogPosition?) -> Bool {
        place.epoch > 0 && place.includes(token) && status().hasCaughtUp
    }

    /// Throws unless the views have caught up: until then they would show a state that nobody has seen for long, or never.
    private func checkReadiness() throws(Problem) {
        let status = status()
        guard !status.hasCaughtUp else { return }
        throw Problem(
            .notReady, detail: "The views have not caught up with the log.", retryAfterSeconds: 1,
            members: [Problem.Member("head", .integer(status.head))])
    }

    private func token(for freshness: Freshness) async throws(Problem) -> LogPosition? {
        switch freshness {
        case .any: nil
        case .head: try await readHead()
        case .token(let token): token
        }
    }

    private func wait(
        for token: LogPosition, on view: some LogFollower, until deadline: ContinuousClock.Instant
    ) async throws(Problem) {
        // In a later epoch nobody waits.
        let place = view.place
        let isThere = (token.epoch, token.position) <= (place.epoch, place.position)
        let span = isThere ? nil : ServiceContext.current?.activeSpan?.startChild("view wait")
        let outcome = await view.wait(for: token, timeout: ContinuousClock.now.duration(to: deadline))
        span?.set("holdfast.position", .int64(token.position))
        if outcome != .reached { span?.fail(outcome == .timedOut ? "timed-out" : "not-served") }
        span?.end()
        switch outcome {
        case .reached: return
        case .timedOut: throw behind("It did not get there in time.", at: view.place)
        case .tooManyWaiters: throw behind("Too many wait already.", at: view.place)
        case .stopped(let stop):
            let place = view.place
            throw Problem(
                .projectionStopped, detail: "The view stopped before event \(stop.position).",
                sequence: place.epoch > 0 ? place : nil,
                members: [Problem.Member("position", .integer(place.position))])
        }
    }

    /// The token as it stands in the epoch of `place`, or in a later one, once it is certain that the log has it.
    private func confirmed(_ token: LogPosition, at place: LogPosition) async throws(Problem) -> LogPosition {
        let status = status()
        if token.epoch == place.epoch && token.epoch == status.epoch && token.position <= status.head { return token }
        let head = try await readHead()
        if token.epoch != head.epoch {
            let epochs = try await readLog { reader async throws(LogError) in try await reader.epochs() }
            switch epochs.judge(token) {
            case .valid: break
            case .lost:
                // With a token that is good, if there is one yet.
                throw Problem(
                    .sequenceLost, detail: "\(token) was in a part of the log that was lost.",
                    sequence: place.epoch > token.epoch ? place : nil)
            case .unknownEpoch: throw ahead(token)
            }
        }
        guard token.position <= head.position else { throw ahead(token) }
        return LogPosition(epoch: max(token.epoch, place.epoch), position: token.position)
    }

    private func readHead() async throws(Problem) -> LogPosition {
        try await readLog { reader async throws(LogError) in try await reader.head() }
    }

    private func readLog<R>(
        _ read: (any EventReader) async throws(LogError) -> R
    ) async throws(Problem) -> R {
        do {
            return try await read(log)
        } catch {
            throw Problem(error)
        }
    }

    private func ahead(_ token: LogPosition) -> Problem {
        Problem(.sequenceAheadOfLog, detail: "The log has no \(token).")
    }

    private func behind(_ detail: String, at place: LogPosition) -> Problem {
        Problem(
            .replicaBehind, detail: detail, retryAfterSeconds: 1, sequence: place.epoch > 0 ? place : nil,
            members: [Problem.Member("position", .integer(place.position))])
    }
}

extension LogPosition {
    /// Who has come to this place has seen what `token` stands for. Of another epoch's tokens that can't be told.
    fileprivate func includes(_ token: LogPosition?) -> Bool {
        guard let token else { return true }
        return token.epoch == epoch && token.position <= position
    }
}

extension Problem {
    /// A browser whose cookie is of no place in the log could never read again: it is told to forget it.
    fileprivate func clearingCookie(of request: Request) -> Problem {
        guard code == .sequenceAheadOfLog || code == .sequenceLost, request.headers[.lastSeenSequence] == nil else {
            return self
        }
        var problem = self
        // No token beside it: that would be a cookie, too.
        problem.sequence = nil
        problem.headers.clearSequenceCookie()
        return problem
    }
}
