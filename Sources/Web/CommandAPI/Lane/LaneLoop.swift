import Domain
import Foundation
import HTTPServer
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Sequencing
import WebAPI

/// What the lanes of one event loop share: one hand-over to the sequencer per turn of the loop, and one back per commit.
final class LaneLoop: AnswerReceiver {
    /// A request whose command is on its way.
    private struct Pending {
        let lane: CommandLane
        let request: LaneRequest
        let id: CommandID
        let began: ContinuousClock.Instant
    }

    private struct State {
        var pending: [Int: Pending] = [:]
        var lastTicket = 0
        /// Those that came in this turn of the loop.
        var submissions: [(ticket: Int, request: CommandRequest)] = []
        var dateAt: time_t = 0
        /// `Date`, as of then.
        var date = ""
    }

    /// The form of RFC 9110, section 5.6.7.
    private static let dates = {
        let dates = DateFormatter()
        dates.locale = Locale(identifier: "en_US_POSIX")
        dates.timeZone = TimeZone(secondsFromGMT: 0)
        dates.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return dates
    }()

    private let eventLoop: any EventLoop
    private let lanes: CommandLanes
    private let state: NIOLoopBoundBox<State>

    init(_ eventLoop: any EventLoop, lanes: CommandLanes) {
        self.eventLoop = eventLoop
        self.lanes = lanes
        state = NIOLoopBoundBox(State(), eventLoop: eventLoop)
    }

    /// Submits a request's command with the others of this turn; the lane gets the answer.
    func submit(_ submission: CommandRequest, of request: LaneRequest, for lane: CommandLane) {
        lanes.metrics.begin()
        state.value.lastTicket += 1
        let ticket = state.value.lastTicket
        state.value.pending[ticket] = Pending(lane: lane, request: request, id: submission.id, began: .now)
        state.value.submissions.append((ticket, submission))
        // After every socket that is ready now has been read.
        if state.value.submissions.count == 1 { eventLoop.execute { self.handOver() } }
    }

    private func handOver() {
        let submissions = state.value.submissions
        state.value.submissions.removeAll(keepingCapacity: true)
        lanes.sequencer.submit(submissions, for: self)
    }

    func receive(_ answers: [(ticket: Int, answer: CommandAnswer)]) {
        eventLoop.execute { self.deliver(answers) }
    }

    private func deliver(_ answers: [(ticket: Int, answer: CommandAnswer)]) {
        let date = date()
        for (ticket, answer) in answers {
            guard let pending = state.value.pending.removeValue(forKey: ticket) else {
                preconditionFailure("ticket \(ticket) is answered once")
            }
            let request = pending.request
            let requestID = RequestID()
            var response = answer.response(to: pending.id, path: request.path, requestID: requestID)
            response.headers[.date] = date
            lanes.metrics.record(
                route: request.command.path.template, request.head.method, path: request.path, response.status,
                pending.began.duration(to: .now), logger(requestID))
            lanes.metrics.end()
            pending.lane.answer(response)
        }
    }

    /// With the request's id, where anybody will see it.
    private func logger(_ id: RequestID) -> Logger {
        var logger = lanes.logger
        if logger.logLevel <= .debug { logger[metadataKey: "hb.request.id"] = .stringConvertible(id) }
        return logger
    }

    private func date() -> String {
        let now = time(nil)
        if now != state.value.dateAt {
            state.value.dateAt = now
            state.value.date = Self.dates.string(from: Date(timeIntervalSince1970: TimeInterval(now)))
        }
        return state.value.date
    }
}

extension CommandAnswer {
    /// The whole response to the command with this id, a problem document included.
    fileprivate func response(to id: CommandID, path: String, requestID: RequestID) -> WholeResponse {
        do throws(Problem) {
            return try response(to: id)
        } catch {
            return error.ofCommand.response(instance: path, requestID: requestID.description)
        }
    }
}
