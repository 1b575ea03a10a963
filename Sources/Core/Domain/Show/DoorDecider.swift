// At the door. A ticket goes in, out and in again; the log has every way that it went, and the one that counts is the
// last that nobody took back.
extension ShowState {
    /// Ways of one ticket through the door that are kept. Views keep all of them with its order, and write them anew at
    /// every one.
    static let passesMax = 200

    /// Decides on a ticket that is shown at a door.
    ///
    /// - Parameter at: when it was shown.
    func pass(
        _ id: TicketID, _ order: Order, _ ticket: Ticket, _ scan: TicketScan, by scanner: UserID, at: Timestamp,
        recordedAt now: Timestamp
    ) throws(Rejection) -> TicketScanned {
        guard scan.generation == ticket.generation else { throw .ticketUnusable(.transferred) }
        let place = place(of: ticket)
        try place.require(in: scan.areas)
        switch (scan.direction, ticket.status) {
        case (.entry, .scanned):
            throw .ticketAlreadyScanned(at: ticket.lastEntry?.at ?? now, gate: ticket.lastEntry?.gate ?? "")
        case (.exit, .valid): throw .ticketUnusable(.notScanned)
        case (.entry, .outside), (.exit, .scanned): break
        case (_, .valid), (_, .listed), (_, .outside), (_, .returned), (_, .resold), (_, .suspended):
            try ticket.requireValid()
        }
        guard ticket.passes.count < Self.passesMax else { throw .ticketUnusable(.tooManyScans) }
        return TicketScanned(
            ticketID: id, orderUserID: order.userID, ownerID: ticket.owner,
            pass: DoorPass(direction: scan.direction, at: at, gate: scan.gate), scannerID: scanner, place: place,
            recordedAt: now)
    }

    func undoScan(
        _ id: TicketID, _ order: Order, _ ticket: Ticket, _ areas: Set<String>?, by supervisor: UserID, now: Timestamp
    ) throws(Rejection) -> ScanUndone {
        try place(of: ticket).require(in: areas)
        var after = ticket
        switch ticket.status {
        case .scanned, .outside: after.undoPass()
        case .valid: throw .ticketUnusable(.notScanned)
        case .listed, .returned, .resold, .suspended: try ticket.requireValid()
        }
        guard let pass = ticket.passes.last else { throw .ticketUnusable(.notScanned) }
        return ScanUndone(
            ticketID: id, orderUserID: order.userID, ownerID: ticket.owner, pass: pass, status: after.status,
            supervisorID: supervisor, undoneAt: now)
    }

    /// Decides on scans in the order in which they were made: of two, the earlier counts. What is on record already stays,
    /// whatever time it has: people were told so. The report says what a scan that does not count stands against.
    func settle(_ upload: ScanUpload, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard layout != nil else { throw .showNotFound }
        var entries = upload.scans.map { ScansUploaded.Entry(ticketID: $0.ticketID, result: .recorded) }
        var tickets: [TicketID: Ticket] = [:]
        var events: [ShowEvent] = []
        for index in upload.scans.indices.sorted(by: { (upload.scans[$0].at, $0) < (upload.scans[$1].at, $1) }) {
            let scan = upload.scans[index]
            let pass = DoorPass(direction: scan.direction, at: scan.at, gate: scan.gate)
            guard case .generation(let generation) = scan.code, let id = scan.ticketID else {
                if case .refused(let code) = scan.code { entries[index].result = .refused(code) }
                continue
            }
            guard let (order, stored) = ticket(id) else {
                entries[index].result = .refused(.ticketNotFound)
                continue
            }
            var ticket = tickets[id] ?? stored
            do throws(Rejection) {
                guard !isCancelled else { throw .showCancelled }
                try requirePlausible(pass.at, now: now)
                guard !ticket.passes.contains(pass), !ticket.undonePasses.contains(pass) else {
                    entries[index].result = .repeated
                    continue
                }
                let wanted = TicketScan(
                    generation: generation, direction: scan.direction, gate: scan.gate, areas: upload.areas)
                let scanned = try self.pass(
                    id, order, ticket, wanted, by: upload.scannerID, at: pass.at, recordedAt: now)
                if let last = ticket.passes.last, pass.at < last.at { throw Rejection(.scanOutOfOrder) }
                ticket.pass(scanned)
                tickets[id] = ticket
                events.append(.ticket(.scanned(scanned)))
            } catch {
                let isContradicted = [.ticketAlreadyScanned, .scanOutOfOrder, .ticketUnusable].contains(error.code)
                entries[index].result = .refused(
                    error.code, subject: error.code == .ticketAlreadyScanned ? "" : error.subject,
                    against: isContradicted ? ticket.passes.last : nil)
            }
        }
        return events + [
            .ticket(.scansUploaded(ScansUploaded(scannerID: upload.scannerID, entries: entries, uploadedAt: now)))
        ]
    }

    private func requirePlausible(_ time: Timestamp, now: Timestamp) throws(Rejection) {
        guard time <= now.adding(seconds: ScanUpload.clockLeadSecondsMax) else { throw Rejection(.scanTimeInFuture) }
        guard let show = layout?.show, time >= show.createdAt else { throw Rejection(.scanTimeBeforeShow) }
    }

    /// Where the ticket's place is.
    func place(of ticket: Ticket) -> TicketPlace {
        var place = place(at: ticket.place)
        place.ticketType = ticket.fare.ticketType
        return place
    }

    private func place(at place: Ticket.Place) -> TicketPlace {
        switch place {
        case .seat(let index):
            guard let layout, layout.seatGuids.indices.contains(index) else { return TicketPlace() }
            let floor = layout.floor
            let row = Int(floor.segments[floor.segment(ofSeat: index)].row)
            return TicketPlace(
                seat: layout.seatGuids[index], seatNumber: layout.seatNumbers[index], row: floor.rowNumbers[row],
                block: floor.zoneNames[Int(floor.zoneOfRow[row])],
                category: layout.categories[Int(layout.categoryOfSeat[index])])
        case .area(let id):
            let area = layout?.areaIndex(id).flatMap { layout?.show.areas[$0] }
            return TicketPlace(area: id, block: area?.name ?? "", category: area?.category ?? "")
        }
    }
}

extension ShowState.Ticket {
    mutating func undo(_ event: ScanUndone) {
        undoPass()
        undonePasses = undonePasses.suffix(ShowState.passesMax - 1) + [event.pass]
    }
}

extension TicketPlace {
    /// Throws unless one of the areas, by id, or zones, by name, has the place; nil: all do.
    fileprivate func require(in areas: Set<String>?) throws(Rejection) {
        guard let areas else { return }
        let name = area?.rawValue ?? block
        guard areas.contains(name) else { throw .ticketWrongArea(name) }
    }
}
