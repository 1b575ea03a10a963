import Domain
import SeededRandom
import Sequencing

/// The waiting room of the first show: people join, leave, claim and finish, and workers on any two processes propose what is
/// due, each as if it were alone.
///
/// Nobody waits for an answer: whether a proposal came through, the log says.
struct SimulatedRoom {
    /// The room draws from its own, so that a run without one is as it was.
    var random: SeededGenerator
    let settings: RoomSettings
    /// Proposals so far, by which they are named.
    var proposals = 0
    var entries = 0

    static let instanceSeed = [UInt8](repeating: 1, count: Draw.seedBytes)
    static let logHash = [UInt8](repeating: 2, count: Draw.seedBytes)
    static let users = 30

    /// Nil: this run has no room.
    ///
    /// - Parameter isNeeded: it has one in any case.
    init?(seed: UInt64, start: Timestamp, isNeeded: Bool) {
        random = SeededGenerator(seed: seed ^ 0x0000_726F_6F6D)
        guard random.isLucky(perMille: 250) || isNeeded else { return nil }
        settings = RoomSettings(
            prequeueFrom: random.isLucky(perMille: 700) ? start : nil,
            opensAt: Timestamp(
                microseconds: start.microseconds + random.moment(.milliseconds(50)...(.milliseconds(500)))),
            admitPerMinute: random.int(1_000...60_000), maxActive: random.int(2...20),
            sessionMinutes: random.pick([1, 60]),
            claimSeconds: random.int(1...2), entriesPerUser: random.int(1...2))
    }
}

extension World {
    private static let roomInterval: ClosedRange<Moment> = .milliseconds(2)...(.milliseconds(15))

    func planRoom() { if room != nil { plan(.roomTurns, in: 0) } }

    func turnRoom() {
        guard !isEnding, var room else { return }
        let interval = room.random.moment(Self.roomInterval)
        let command = next(&room)
        self.room = room
        plan(.roomTurns, in: interval)
        guard let command else { return }
        propose(command)
        // The other worker sees the same to be done. Other commands are now and then made twice.
        if case .advance = command { propose(command) }
    }

    private func next(_ room: inout SimulatedRoom) -> RoomCommand? {
        let books = judge.room
        guard books.isConfigured else {
            do {
                let commitment = Draw.sha256(SimulatedRoom.instanceSeed)
                return .configure(
                    try ValidRoomSettings(room.settings), showID: showIDs[0], instanceCommitment: commitment)
            } catch {
                preconditionFailure("\(error)")
            }
        }
        let user = UserID("fan\(room.random.int(0...(SimulatedRoom.users - 1)))")
        switch room.random.int(0...99) {
        case 0...39:
            room.entries += 1
            return .join(EntryID("e\(room.entries)"), user)
        case 40...69: return .advance(limit: room.random.int(1...20))
        case 70...79: return use(books, &room)
        case 80...83: return .leave(EntryID("e\(room.random.int(0...max(0, room.entries)))"), user)
        case 84: return .pause(reason: "doors")
        case 85...89: return .resume
        default: return draw(books, &room)
        }
    }

    /// Somebody who is admitted claims, finishes, or gives the admission back.
    private func use(_ books: RoomBooks, _ room: inout SimulatedRoom) -> RoomCommand? {
        if let missed = books.missed.last, room.random.isLucky(perMille: 300) {
            // A hold was placed in time, and the room hears of it late.
            return .claim(missed.entry, missed.user, claimedAt: missed.at)
        }
        guard !books.admitted.isEmpty else { return nil }
        let (entry, user) = room.random.pick(books.admitted.map { ($0.entry, $0.user) })
        switch room.random.int(0...3) {
        case 0, 1: return .claim(entry, user)
        case 2: return .finish(entry)
        default: return .leave(entry, user)
        }
    }

    private func draw(_ books: RoomBooks, _ room: inout SimulatedRoom) -> RoomCommand? {
        guard let closedAt = books.audit.closedAt else { return nil }
        return room.random.isLucky(perMille: 500)
            ? .sealDraw(position: closedAt, hash: SimulatedRoom.logHash)
            : .reveal(party: DrawCommitment.instance, seed: SimulatedRoom.instanceSeed)
    }

    private func propose(_ command: RoomCommand) {
        guard var room else { return }
        room.proposals += 1
        // A proposal that is made once more has the same name.
        let isAgain = room.random.isLucky(perMille: 50)
        let process = room.random.int(0...(scenario.writers - 1))
        self.room = room
        guard processes[process].isUp else { return }
        let request = CommandRequest(
            bySystem: command, on: showIDs[0].roomStream, named: "room \(room.proposals)")
        submit(request, to: process)
        if isAgain { submit(request, to: process) }
    }

    private func submit(_ request: CommandRequest, to process: Int) {
        attempts.append(Attempt(asker: .room, request: request, process: process))
        judge.takenIn(request.id)
        push(.submit(attempt: attempts.count - 1), to: process)
    }
}
