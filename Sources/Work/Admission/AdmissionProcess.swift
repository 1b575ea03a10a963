package import Domain
package import EventLog
package import Following
package import Inlets
package import Logging
package import Projection
package import Sequencing
import ServiceLifecycle

/// The admission process of one node: follows the log and brings the waiting rooms on, while it is the active one of all
/// nodes.
///
/// It decides nothing. The rooms keep their pace, and the shows their rules, whoever proposes; two active processes admit no
/// more people than one. It starts from the view ``Inlets``, so the next one goes on where this one stops.
package final class AdmissionProcess: Service {
    private typealias Worker = LeasedWorker<AdmissionInbox>

    private let view: View<Inlets>
    private let log: any EventAuditor
    private let sequencer: Sequencer
    private let seed: @Sendable (ShowID) -> [UInt8]
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let worker: Worker

    /// Entries that one `advance` ends or admits at most: an event of them stays small.
    private static let entriesMax = 500
    /// Ticks of a term; what comes due is proposed this soon.
    private static let tickInterval = Duration.milliseconds(50)
    /// How long a round waits for the view to have what it recorded.
    private static let followTimeout = Duration.seconds(2)

    /// - Parameters:
    ///   - view: kept up to date by this node's replica, which this process must listen to.
    ///   - lease: held by the active one of all nodes.
    ///   - seed: the instance's own seed of the draw of a show's room, 32 bytes.
    package init(
        view: View<Inlets>, log: any EventReader & EventAuditor, sequencer: Sequencer, lease: any Lease,
        seed: @escaping @Sendable (ShowID) -> [UInt8], now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.view = view
        self.log = log
        self.sequencer = sequencer
        self.seed = seed
        self.now = now
        self.logger = logger
        worker = LeasedWorker(
            name: "admission", view: view, log: log, lease: lease, tickInterval: Self.tickInterval, logger: logger)
    }

    /// Works whenever this process is the active one, until graceful shutdown.
    package func run() async {
        await cancelWhenGracefulShutdown {
            await self.worker.run { term, tasks in await self.serve(term, &tasks) }
        }
    }

    private func serve(_ term: Worker.Term, _ tasks: inout DiscardingTaskGroup) async {
        let clock = ContinuousClock()
        let started = clock.now
        var machine = AdmissionMachine()
        for await turn in term.turns {
            let now = started.duration(to: clock.now)
            for round in turn.inbox.finished {
                machine.finished(round.show, round.outcome, refused: round.refused, now: now)
            }
            // What only time changes is looked for with every tick.
            let shows = turn.isTick ? nil : turn.inbox.changed.union(turn.inbox.finished.map(\.show))
            let time = self.now()
            let rounds = view.read { view, _ in machine.rounds(of: view, among: shows, at: time, now: now) }
            for (show, position, steps) in rounds {
                let place = LogPosition(epoch: term.start.epoch, position: position)
                tasks.addTask {
                    let finished = await self.perform(steps, for: show, seenAt: place, at: time)
                    term.put { $0.finished.append(finished) }
                }
            }
        }
    }

    // MARK: A round

    /// What a step came to.
    private enum Result {
        case recorded(LogPosition, hasEvents: Bool)
        case refused(RoomStep)
        case failed
    }

    private func perform(
        _ steps: [RoomStep], for show: ShowID, seenAt place: LogPosition, at time: Timestamp
    ) async -> AdmissionInbox.Finished {
        var finished = AdmissionInbox.Finished(show: show)
        var last = place
        // Whatever ends an admission by time comes after what keeps it.
        for part in [steps.filter { $0 != .advance }, steps.filter { $0 == .advance }] {
            await withTaskGroup(of: Result.self) { tasks in
                for step in part { tasks.addTask { await self.perform(step, for: show, seenAt: place, at: time) } }
                for await result in tasks {
                    switch result {
                    case .recorded(let token, let hasEvents):
                        if (token.epoch, token.position) > (last.epoch, last.position) { last = token }
                        if hasEvents, finished.outcome == .unchanged { finished.outcome = .changed }
                    case .refused(let step): finished.refused.append(step)
                    case .failed: finished.outcome = .failed
                    }
                }
            }
        }
        // What is proposed next is proposed on what this came to.
        _ = await view.wait(for: last, timeout: Self.followTimeout)
        return finished
    }

    private func perform(
        _ step: RoomStep, for show: ShowID, seenAt place: LogPosition, at time: Timestamp
    ) async -> Result {
        guard let request = await request(for: step, of: show, seenAt: place, at: time) else { return .failed }
        switch await sequencer.submit(request) {
        case .recorded(let answer, _):
            guard case .rejected(let rejection) = answer.outcome else {
                return .recorded(answer.token, hasEvents: !answer.events.isEmpty)
            }
            logger.warning(
                "a step of a waiting room was refused",
                metadata: ["show": "\(show)", "step": "\(step)", "code": "\(rejection.code)"])
            return .refused(step)
        case .keyReused, .notRecorded, .unknown: return .failed
        }
    }

    /// Nil: the log can't be read.
    private func request(
        for step: RoomStep, of show: ShowID, seenAt place: LogPosition, at time: Timestamp
    ) async -> CommandRequest? {
        func room(_ command: RoomCommand, _ name: String) -> CommandRequest {
            CommandRequest(proposing: command, inRoomOf: show, named: name, seenAt: place)
        }
        func gate(_ command: ShowCommand, _ name: String) -> CommandRequest {
            CommandRequest(proposing: command, on: show, named: name, seenAt: place)
        }
        switch step {
        case .claim(let entry, let user, let at): return room(.claim(entry, user, claimedAt: at), "claim/\(entry)")
        case .finish(let entry): return room(.finish(entry), "finish/\(entry)")
        // Later, the same room may have more to do.
        case .advance: return room(.advance(limit: Self.entriesMax), "advance/\(time.microseconds)")
        case .seal(let position):
            guard let hash = await hash(at: position) else { return nil }
            return room(.sealDraw(position: position, hash: hash), "seal")
        case .reveal: return room(.reveal(party: DrawCommitment.instance, seed: seed(show)), "reveal")
        case .end: return room(.end(reason: "The show is cancelled."), "end")
        case .require(let isRequired): return gate(.requireAdmission(isRequired), "require/\(isRequired)")
        case .endAdmission(let entry): return gate(.endAdmission(entry), "end-admission/\(entry)")
        }
    }

    /// The hash of the batch that has the event at a sequence number.
    private func hash(at position: Int64) async -> [UInt8]? {
        do {
            // Batches without events share the last sequence number of the one before them.
            let before = BatchPlace(lastPosition: position - 1, number: .max)
            return try await log.batches(after: before, limit: 1).first?.hash
        } catch {
            logger.warning("admission: can't read the log", metadata: ["error": "\(error)"])
            return nil
        }
    }
}

extension AdmissionProcess: LogListener {
    /// Holds that were placed with an admission wait for the next tick.
    package func applied(_ events: [FollowedEvent], at position: LogPosition) {
        let streams = events.lazy.map(\.context.stream).filter(\.isOfRoom)
        let changed = Set(streams.map { ShowID($0.id) })
        // Most batches are of holds alone and wake nobody.
        guard !changed.isEmpty else { return }
        worker.put { $0.changed.formUnion(changed) }
    }

    package func entered(epoch: Int64) { worker.restart() }
}

extension StreamID {
    /// Most streams are of shows, which is told sooner.
    fileprivate var isOfRoom: Bool { !isOfShow && category == WaitingRoomState.category }
}

/// What comes in for the admission process between two turns.
private struct AdmissionInbox: WorkerInbox {
    /// A round that came to its end. There are at most as many as rooms.
    struct Finished: Sendable {
        var show: ShowID
        var outcome = AdmissionMachine.Outcome.unchanged
        var refused: [RoomStep] = []
    }

    var finished: [Finished] = []
    /// At most the rooms of the view.
    var changed: Set<ShowID> = []
}
