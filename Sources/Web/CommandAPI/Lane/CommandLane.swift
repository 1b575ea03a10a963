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
    private let orders: OrderRoutes?
    private let loops = Mutex<[ObjectIdentifier: CommandLoop]>([:])

    /// - Parameters:
    ///   - readTicketCode: nil: this node has no call to scan tickets with.
    ///   - readAdmission: see ``CommandRoutes``.
    ///   - orders: the router's calls to buy what is held; nil: this node has none.
    public init(
        sequencer: Sequencer, readTicketCode: CommandRoutes.TicketCodeReader? = nil,
        readAdmission: CommandRoutes.AdmissionReader? = nil, orders: OrderRoutes? = nil
    ) {
        self.sequencer = sequencer
        self.orders = orders
        commands = [.placeHold(readAdmission), .releaseHold] + (readTicketCode.map { [LaneCommand.scan($0)] } ?? [])
    }

    public var routes: [LaneRoute] {
        commands.map { command in
            LaneRoute(
                command.method, command.path, by: command.role, hasBody: command.hasBody,
                takesAdmission: command.takesAdmission
            ) { call in
                guard let request = command.request(call) else { return nil }
                return .later { reply in
                    self.loop(reply.eventLoop).submit(request, for: .commit(reply, request.id))
                }
            }
        } + (orders.map { [route(of: $0)] } ?? [])
    }

    /// An order is answered when it is paid, not when it is recorded.
    private func route(of orders: OrderRoutes) -> LaneRoute {
        let command = LaneCommand.placeOrder
        return LaneRoute(command.method, command.path, by: command.role, hasBody: true, waits: true) { call in
            guard let request = command.request(call), let purchase = (request.command as? ShowCommand)?.purchase else {
                return nil
            }
            let timeout = OrderRoutes.timeout(call.head.headerFields)
            return .later { reply in
                guard let order = LaneOrder(purchase, request.id, timeout: timeout, orders, reply) else { return }
                self.loop(reply.eventLoop).submit(request, for: .order(order))
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
    /// Who waits for the answer to a command.
    enum Waiter {
        /// A caller who is told what was recorded.
        case commit(LaneReply, CommandID)
        case order(LaneOrder)
    }

    private struct State {
        var pending: [Int: Waiter] = [:]
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
    func submit(_ request: CommandRequest, for waiter: Waiter) {
        state.value.lastTicket += 1
        let ticket = state.value.lastTicket
        state.value.pending[ticket] = waiter
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
            guard let waiter = state.value.pending.removeValue(forKey: ticket) else {
                preconditionFailure("ticket \(ticket) is answered once")
            }
            switch waiter {
            case .commit(let reply, let id): reply.send { () throws(Problem) in try answer.response(to: id) }
            case .order(let order): order.recorded(answer)
            }
        }
    }
}

extension LaneReply {
    /// Answers a command with what `response` comes to, a problem document included.
    func send(_ response: () throws(Problem) -> WholeResponse) {
        do throws(Problem) {
            send(try response())
        } catch {
            send(error.ofCommand.response(instance: path, requestID: requestID), error.code)
        }
    }
}

extension ShowCommand {
    fileprivate var purchase: StartPurchase? {
        guard case .startPurchase(let purchase) = self else { return nil }
        return purchase
    }
}
