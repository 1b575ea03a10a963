import Domain
import SwiftProtobuf

extension Holdfast_V1_DoorPass {
    init(_ pass: DoorPass) {
        self.init()
        switch pass.direction {
        case .entry: direction = .in
        case .exit: direction = .out
        }
        at = pass.at.microseconds
        gate = pass.gate
    }
}

extension DoorPass {
    init(_ message: Holdfast_V1_DoorPass) throws(UnreadableEvent) {
        let direction: Direction
        switch message.direction {
        case .in: direction = .entry
        case .out: direction = .exit
        case .unspecified, .UNRECOGNIZED: throw UnreadableEvent("a way through the door that goes nowhere")
        }
        self.init(direction: direction, at: Timestamp(microseconds: message.at), gate: message.gate)
    }
}

extension Holdfast_V1_TicketPlace {
    init(_ place: TicketPlace) {
        self.init()
        if let seat = place.seat { seatGuid = seat }
        if let area = place.area { areaID = area.rawValue }
        seatNumber = place.seatNumber
        row = place.row
        block = place.block
        category = place.category
        ticketType = place.ticketType
    }
}

extension TicketPlace {
    init(_ message: Holdfast_V1_TicketPlace) {
        self.init(
            seat: message.hasSeatGuid ? message.seatGuid : nil, area: message.hasAreaID ? AreaID(message.areaID) : nil,
            seatNumber: message.seatNumber, row: message.row, block: message.block, category: message.category,
            ticketType: message.ticketType)
    }
}

extension Holdfast_V1_TicketScanned {
    init(_ event: TicketScanned) {
        self.init()
        ticketID = event.ticketID.rawValue
        orderUserID = event.orderUserID.rawValue
        ownerID = event.ownerID.rawValue
        scannedAt = event.pass.at.microseconds
        gate = event.pass.gate
        if let scanner = event.scannerID { scannerID = scanner.rawValue }
        if let place = event.place { self.place = Holdfast_V1_TicketPlace(place) }
        if event.recordedAt != event.pass.at { recordedAt = event.recordedAt.microseconds }
    }
}

extension TicketScanned {
    init(_ message: Holdfast_V1_TicketScanned, _ direction: DoorPass.Direction) {
        let at = Timestamp(microseconds: message.scannedAt)
        self.init(
            ticketID: TicketID(message.ticketID), orderUserID: UserID(message.orderUserID),
            ownerID: UserID(message.ownerID), pass: DoorPass(direction: direction, at: at, gate: message.gate),
            scannerID: message.hasScannerID ? UserID(message.scannerID) : nil,
            place: message.hasPlace ? TicketPlace(message.place) : nil,
            recordedAt: message.hasRecordedAt ? Timestamp(microseconds: message.recordedAt) : at)
    }
}

extension Holdfast_V1_ScanUndone {
    init(_ event: ScanUndone) {
        self.init()
        ticketID = event.ticketID.rawValue
        orderUserID = event.orderUserID.rawValue
        ownerID = event.ownerID.rawValue
        pass = Holdfast_V1_DoorPass(event.pass)
        switch event.status {
        case .scanned: status = .scanned
        case .outside: status = .outside
        // A ticket that was scanned is none of the others without it.
        case .valid, .listed, .returned, .resold, .suspended: status = .valid
        }
        supervisorID = event.supervisorID.rawValue
        undoneAt = event.undoneAt.microseconds
    }
}

extension ScanUndone {
    init(_ message: Holdfast_V1_ScanUndone) throws(UnreadableEvent) {
        let status: TicketStatus
        switch message.status {
        case .valid: status = .valid
        case .scanned: status = .scanned
        case .outside: status = .outside
        case .unspecified, .UNRECOGNIZED: throw UnreadableEvent("ScanUndone that leaves a ticket of no known status")
        }
        self.init(
            ticketID: TicketID(message.ticketID), orderUserID: UserID(message.orderUserID),
            ownerID: UserID(message.ownerID), pass: try DoorPass(message.pass), status: status,
            supervisorID: UserID(message.supervisorID), undoneAt: Timestamp(microseconds: message.undoneAt))
    }
}

extension Holdfast_V1_ScansUploaded {
    init(_ event: ScansUploaded) {
        self.init()
        scannerID = event.scannerID.rawValue
        uploadedAt = event.uploadedAt.microseconds
        entries = event.entries.map { entry in
            .with {
                if let ticket = entry.ticketID { $0.ticketID = ticket.rawValue }
                switch entry.result {
                case .recorded: break
                case .repeated: $0.isRepeated = true
                case .refused(let code, let subject, let against):
                    $0.refusal = .with {
                        $0.code = code.name
                        $0.subject = subject
                        if let against { $0.against = Holdfast_V1_DoorPass(against) }
                    }
                }
            }
        }
    }
}

extension ScansUploaded {
    init(_ message: Holdfast_V1_ScansUploaded) throws(UnreadableEvent) {
        var entries: [Entry] = []
        entries.reserveCapacity(message.entries.count)
        for entry in message.entries {
            var result = entry.isRepeated ? Result.repeated : .recorded
            if entry.hasRefusal {
                let against = entry.refusal.hasAgainst ? try DoorPass(entry.refusal.against) : nil
                result = .refused(
                    Rejection.Code(entry.refusal.code), subject: entry.refusal.subject, against: against)
            }
            entries.append(
                Entry(ticketID: entry.hasTicketID ? TicketID(entry.ticketID) : nil, result: result))
        }
        self.init(
            scannerID: UserID(message.scannerID), entries: entries,
            uploadedAt: Timestamp(microseconds: message.uploadedAt))
    }
}
