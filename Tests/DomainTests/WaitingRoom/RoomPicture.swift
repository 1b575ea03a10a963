@testable import Domain

/// What a room knows, in a form that a ledger can be compared with.
struct RoomPicture: Equatable {
    struct Entry: Equatable {
        var id: EntryID
        var user: UserID
        /// 0: none.
        var number: Int
        var status: EntryStatus
    }

    var entries: [Entry]
    var counts: [Int]
    var servedThrough: Int
    var next: [EntriesAdmitted.Entry]
    var live: [UserID: [EntryID]]
    /// What the ledger does not know.
    var inlet: Inlet?
    var isLive: Bool

    init(_ state: WaitingRoomState) {
        entries = state.entries.indices.map { place in
            let entry = state.entries[place]
            return Entry(
                id: state.ids[place], user: state.users[Int(entry.user)], number: max(0, Int(entry.number)),
                status: entry.status)
        }
        counts = [state.inlet.waiting, state.inlet.admitted, state.inlet.active]
        servedThrough = state.servedThrough
        next = [.open, .paused].contains(state.inlet.phase) ? state.nextWaiting(state.entries.count) : []
        live = [:]
        for user in (0..<state.users.count).map({ state.users[$0] }) {
            live[user] = state.liveEntries(of: user).reversed().map { state.ids[$0] }
        }
        inlet = state.inlet
        isLive = state.entries.indices.allSatisfy { place in
            state.inlet.isLive(state.ids[place]) == [.admitted, .active].contains(state.entries[place].status)
        }
    }

    /// - Parameter state: gives what the ledger does not know.
    init(_ ledger: RoomLedger, of state: WaitingRoomState) {
        entries = ledger.entries.map { Entry(id: $0.id, user: $0.user, number: $0.number ?? 0, status: $0.status) }
        counts = [ledger.count(.waiting), ledger.count(.admitted), ledger.count(.active)]
        servedThrough = ledger.servedThrough
        let line = [.open, .paused].contains(ledger.phase) ? ledger.line : []
        next = line.map { EntriesAdmitted.Entry(entryID: $0.id, userID: $0.user, number: $0.number ?? 0) }
        live = [:]
        for entry in ledger.entries {
            live[entry.user, default: []] += entry.status.isLive ? [entry.id] : []
        }
        inlet = state.inlet
        isLive = true
    }
}
