import Domain
import EventLog

/// The way to the log and back: late, lost, refused, or done without the caller ever hearing.
extension World {
    func ask(_ call: LogCall, from process: Int, for purpose: Asker.Purpose) {
        let asker = Asker(process: process, life: processes[process].life, purpose: purpose)
        let way = random.moment(scenario.hop)
        let back = random.moment(scenario.hop)
        if strikes(\.callRefused) {
            return plan(.replyArrives(refusal(of: call), to: asker), in: way)
        }
        if strikes(\.callLost) {
            return plan(.replyArrives(silence(after: call), to: asker), in: random.moment(scenario.logTime) * 4)
        }
        if strikes(\.answerLost) {
            plan(.callArrives(call, from: asker, answerAfter: nil), in: way)
            return plan(.replyArrives(silence(after: call), to: asker), in: random.moment(scenario.logTime) * 4)
        }
        let slow = strikes(\.callSlow)
        let time = random.moment(scenario.logTime) * (slow ? Moment(random.int(5...60)) : 1)
        // A caller that gives up may be given what it asked for after all, much later.
        if slow && random.isLucky(perMille: 500) {
            if case .append = call { judge.tally.lateAppends += 1 }
            plan(.callArrives(call, from: asker, answerAfter: nil), in: way + time)
            return plan(.replyArrives(silence(after: call), to: asker), in: way + time / Moment(random.int(2...6)))
        }
        plan(.callArrives(call, from: asker, answerAfter: back), in: way + time)
    }

    /// Definite: it did not happen.
    private func refusal(of call: LogCall) -> LogReply {
        let error = LogError(code: .unavailable, message: "connection refused")
        if case .append = call { return .append(.failure(.notAppended(error))) }
        return .failed(error)
    }

    /// No answer: for an append, nobody knows.
    private func silence(after call: LogCall) -> LogReply {
        let error = LogError(code: .timedOut, message: "no answer")
        if case .append = call {
            judge.tally.unknownAppends += 1
            return .append(.failure(.unknown(error)))
        }
        return .failed(error)
    }

    func execute(_ call: LogCall, for asker: Asker, answerAfter delay: Moment?) {
        let isAway = now < log.outageEnds
        let reply = isAway ? refusal(of: call) : reply(to: call, from: asker.process)
        guard let delay else { return }
        plan(.replyArrives(reply, to: asker), in: delay + (call.awaitsStandby ? max(0, log.standbyReturns - now) : 0))
    }

    private func reply(to call: LogCall, from process: Int) -> LogReply {
        switch call {
        case .append(let batch): return .append(append(batch, from: process))
        case .barrier: return .barrierPassed(log.content.head)
        case .commands(let ids): return .commands(log.content.commands(ids))
        case .stream(let stream, let version, let limit):
            return .events(log.content.events(of: stream, after: version, limit: limit))
        case .events(let position, let limit): return .events(log.content.events(after: position, limit: limit))
        case .head: return .head(log.content.head)
        case .epochs: return .epochs(log.content.epochs)
        }
    }

    /// Reads the log for somebody who is no process's follower.
    func look(_ call: LogCall) -> LogReply {
        if case .append = call { preconditionFailure("a read is asked for") }
        return reply(to: call, from: -1)
    }

    private func append(_ batch: AppendBatch, from process: Int) -> Result<AppendResult, AppendFailure> {
        do {
            loseStandby(before: batch)
            var (result, events) = try log.append(batch, now: Timestamp(microseconds: Self.firstTime + now))
            if strikes(.lostAcknowledgedHold, perMille: 30) {
                log.forgetLastAppend()
                return .success(result)
            }
            if events.first.map({ $0.position > 1 }) == true, strikes(.reusedSequenceNumber, perMille: 30) {
                for index in events.indices { events[index].position -= 1 }
                result.head -= 1
            }
            judge.committed(batch, result, events)
            note("commit from", process, result.head, Int64(batch.streams.reduce(0) { $0 + $1.commands.count }))
            return .success(result)
        } catch {
            if case .fenced = error { judge.tally.fenced += 1 }
            return .failure(error)
        }
    }

    /// The standby goes away when it matters most: before a commit by which money moves.
    private func loseStandby(before batch: AppendBatch) {
        let types = batch.streams.lazy.flatMap(\.commands).flatMap(\.events).map(\.type)
        guard types.contains(where: Self.typesThatMoveMoney.contains), log.standbyReturns <= now,
            strikes(\.standbyOutages) || strikes(.skippedBarrier, perMille: 500)
        else { return }
        judge.tally.standbyOutages += 1
        log.loseStandby(until: now + random.moment(.milliseconds(50)...(.milliseconds(1_500))))
        note("standby's outage", -1, log.standbyReturns)
    }

    private static let typesThatMoveMoney: Set<String> = [
        "SeatsSold", "PurchaseFailed", "TicketsReturned", "TicketsSwapped",
    ]

    func take(_ reply: LogReply, for asker: Asker) {
        let process = asker.process
        switch asker.purpose {
        case .firstEpoch, .append, .barrier, .lookUp, .load, .answerEpochs, .answerContent:
            takeForSequencer(reply, process, asker.purpose)
        case .snapshotEpochs, .snapshotHead, .followEpochs, .followHead, .followEvents, .followEventsHead:
            takeForFollower(reply, process, asker.purpose)
        case .paymentsHead(let turn): takeForPayments(reply, process, turn: turn)
        case .paymentsBarrier(let turn, let seen): takeBarrierForPayments(reply, process, turn: turn, seen: seen)
        case .readHead, .readEpochs, .readTokenHead:
            takeForRead(reply, process, asker.purpose)
        }
    }
}

extension LogCall {
    /// It is answered when the standby has all that is visible by then.
    fileprivate var awaitsStandby: Bool {
        switch self {
        case .append, .barrier: true
        case .commands, .stream, .events, .head, .epochs: false
        }
    }
}
