import NIOCore

/// Whether a connection keeps up with its deadlines: a pure machine that is told what happens on a connection and says
/// until when something has to happen next. ``ConnectionGuard`` is its shell.
///
/// Time counts against the caller only while it is the caller's turn. While an answer is being worked out nothing runs
/// here; the routes bound that themselves.
struct ConnectionPace {
    enum Reading: Equatable {
        /// No part of a request has come since the last one ended.
        case between
        /// Some of a request's headers are there.
        case headers(since: NIODeadline)
        /// The headers are there, and this much of the body.
        case body(since: NIODeadline, bytes: Int)
        /// The request will not be read to its end.
        case abandoned
    }

    enum Expiry: Equatable {
        case idle, headers, body, writeStall, linger
    }

    let limits: ServerLimits
    private(set) var reading = Reading.between
    /// Requests that have begun and have no whole answer yet.
    private(set) var unanswered = 0
    /// Set when the last answer is out and only the end of its request is waited for.
    private(set) var lingerSince: NIODeadline?
    private var lingerBytes = 0
    /// When the server was told to stop; nil: it goes on.
    private var stoppingSince: NIODeadline?
    /// Set when the caller was told that this connection takes no more requests, or will be by its end: what still comes
    /// never happened, and the caller knows.
    private(set) var isFinished = false
    private var idleSince: NIODeadline
    private var stalledSince: NIODeadline?

    init(limits: ServerLimits, now: NIODeadline) {
        self.limits = limits
        idleSince = now
    }

    /// Whether the request that is being answered has not ended: the connection can't be used again.
    var isAnsweringEarly: Bool { unanswered <= 1 && reading != .between }
    /// Whether the server stops, and nothing has come on this connection behind the request that is being answered.
    var isAnsweringLast: Bool { isStopping && unanswered <= 1 && reading == .between }
    var isStopping: Bool { stoppingSince != nil }
    /// Whether enough of an abandoned rest was read.
    var isDeaf: Bool { lingerBytes > limits.lingerBytesMax }

    // MARK: What happens

    mutating func headersArrived(now: NIODeadline) {
        unanswered += 1
        reading = .body(since: now, bytes: 0)
    }

    mutating func bodyArrived(bytes count: Int) {
        if lingerSince != nil { lingerBytes += count }
        if case .body(let since, let bytes) = reading { reading = .body(since: since, bytes: bytes + count) }
    }

    /// - Returns: whether the connection is done and to be closed.
    mutating func requestEnded() -> Bool {
        reading = .between
        return lingerSince != nil
    }

    /// Bytes came that did not complete anything.
    mutating func bytesArrived(now: NIODeadline) {
        if unanswered == 0, reading == .between, lingerSince == nil { reading = .headers(since: now) }
    }

    /// The request can't be understood, or is too late.
    mutating func abandon() {
        switch reading {
        // It had not begun properly; it will be answered all the same.
        case .between, .headers: unanswered += 1
        case .body, .abandoned: break
        }
        reading = .abandoned
    }

    /// The server is told to stop: requests that have begun are read and answered, and then the connection ends.
    mutating func stop(now: NIODeadline) { stoppingSince = stoppingSince ?? now }

    /// The answer that is being written tells the caller that it is the last.
    mutating func lastAnswerBegan() { isFinished = true }

    mutating func answerEnded(now: NIODeadline) {
        unanswered = max(0, unanswered - 1)
        idleSince = now
        if unanswered == 0, isFinished || isAnsweringLast {
            isFinished = true
            lingerSince = now
        } else if unanswered == 0, reading != .between {
            lingerSince = now
            reading = .abandoned
        } else if case .body(_, let bytes) = reading {
            // The next request's body was held back while this one was answered; its time starts now.
            reading = .body(since: now, bytes: bytes)
        }
    }

    mutating func writabilityChanged(_ isWritable: Bool, now: NIODeadline) { stalledSince = isWritable ? nil : now }

    // MARK: What has to happen

    /// The next deadline and what passes with it; nil while it is not the caller's turn.
    var deadline: (at: NIODeadline, expiry: Expiry)? {
        if let stalledSince { return (stalledSince + TimeAmount(limits.writeStallTimeout), .writeStall) }
        if let lingerSince { return (lingerSince + TimeAmount(limits.lingerTimeout), .linger) }
        switch reading {
        case .between where unanswered == 0:
            return (sooner(idleSince + TimeAmount(limits.idleTimeout), limits.shutdownIdleTimeout), .idle)
        case .headers(let since) where unanswered == 0:
            return (sooner(since + TimeAmount(limits.headersDeadline), limits.shutdownReadTimeout), .headers)
        case .body(let since, let bytes) where unanswered == 1:
            let earned = Duration.seconds(bytes / limits.bodyBytesPerSecondMin)
            let deadline = since + TimeAmount(limits.bodyDeadline + earned)
            return (sooner(deadline, limits.shutdownReadTimeout), .body)
        case .between, .headers, .body, .abandoned: return nil
        }
    }

    /// The deadline, or the end of the time that is left for this once the server stops.
    private func sooner(_ deadline: NIODeadline, _ shutdownTimeout: Duration) -> NIODeadline {
        stoppingSince.map { min(deadline, $0 + TimeAmount(shutdownTimeout)) } ?? deadline
    }
}
