import Domain
import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
public import Sequencing
import Synchronization
public import WebAPI

/// The commands on the fast lane: those that come in one turn of an event loop go to the sequencer together, and the
/// answers of one commit come back together.
public final class CommandLane: Sendable {
    private let sequencer: Sequencer
    private let commands: [LaneCommand]
    private let loops = Mutex<[ObjectIdentifier: CommandLoop]>([:])

    /// - Parameter readTicketCode: nil: this node has no call to scan tickets with.
    public init(sequencer: Sequencer, readTicketCode: CommandRoutes.TicketCodeReader? = nil) {
        self.sequencer = sequencer
        commands = [.placeHold, .releaseHold] + (readTicketCode.map { [LaneCommand.scan($0)] } ?? [])
    }

    public var routes: [LaneRoute] {
        commands.map { command in
            LaneRoute(command.method, command.path, by: command.role, hasBody: command.hasBody) { call in
                guard let request = command.request(call) else { return nil }
                return .later { reply in self.loop(reply.eventLoop).submit(request, for: reply) }
            }
        }
    }

    private func loop(_ eventLoop: any EventLoop) -> CommandLoop {
        loops.withLock { loops in
            if let loop = loops[ObjectIdentifier(eventLoop)] { return loop }
            let loop = CommandLoop(eventLoop, sequencer)
            loops[ObjectIdentifier(eventLoop)] = loop
            return loop
        }
    }
}

/// The commands of one event loop's connections.
private final class CommandLoop: AnswerReceiver {
    private struct State {
        var pending: [Int: (reply: LaneReply, id: CommandID)] = [:]
        var lastTicket = 0
        /// Those that came in this turn of the loop.
        var submissions: [(ticket: Int, request: CommandRequest)] = []
    }

    private let eventLoop: any EventLoop
    private let sequencer: Sequencer
    private let state: NIOLoopBoundBox<State>

    init(_ eventLoop: any EventLoop, _ sequencer: Sequencer) {
        self.eventLoop = eventLoop
        self.sequencer = sequencer
        state = NIOLoopBoundBox(State(), eventLoop: eventLoop)
    }

    /// Submits a command with the others of this turn.
    func submit(_ request: CommandRequest, for reply: LaneReply) {
        state.value.lastTicket += 1
        let ticket = state.value.lastTicket
        state.value.pending[ticket] = (reply, request.id)
        state.value.submissions.append((ticket, request))
        // After every socket that is ready now has been read.
        if state.value.submissions.count == 1 { eventLoop.execute { self.handOver() } }
    }

    private func handOver() {
        let submissions = state.value.submissions
        state.value.submissions.removeAll(keepingCapacity: true)
        sequencer.submit(submissions, for: self)
    }

    func receive(_ answers: [(ticket: Int, answer: CommandAnswer)]) {
        eventLoop.execute { self.deliver(answers) }
    }

    private func deliver(_ answers: [(ticket: Int, answer: CommandAnswer)]) {
        for (ticket, answer) in answers {
            guard let (reply, id) = state.value.pending.removeValue(forKey: ticket) else {
                preconditionFailure("ticket \(ticket) is answered once")
            }
            reply.send(answer.response(to: id, reply))
        }
    }
}

extension CommandAnswer {
    /// The whole response to the command with this id, a problem document included.
    fileprivate func response(to id: CommandID, _ reply: LaneReply) -> WholeResponse {
        do throws(Problem) {
            return try response(to: id)
        } catch {
            return error.ofCommand.response(instance: reply.path, requestID: reply.requestID)
        }
    }
}
