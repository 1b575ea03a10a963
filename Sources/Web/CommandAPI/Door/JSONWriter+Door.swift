import Domain
import Text
import WebAPI

extension JSONWriter {
    /// Who was let in, or left, and where their place is. Events of versions that recorded less are told as they were then.
    mutating func write(_ scanned: TicketScanned) {
        object { json in
            json.member("ticketId", scanned.ticketID)
            guard let place = scanned.place else {
                json.member("scannedAt", scanned.pass.at)
                return
            }
            json.members(scanned.pass)
            json.members(place)
        }
    }

    mutating func write(_ undone: ScanUndone) {
        object { json in
            json.member("ticketId", undone.ticketID)
            json.member("status", undone.status.rawValue)
            json.object("undone") { $0.members(undone.pass) }
            json.member("undoneAt", undone.undoneAt)
        }
    }

    mutating func write(_ report: ScansUploaded) {
        object { json in
            var counts = (recorded: 0, repeated: 0, refused: 0)
            for entry in report.entries {
                switch entry.result {
                case .recorded: counts.recorded += 1
                case .repeated: counts.repeated += 1
                case .refused: counts.refused += 1
                }
            }
            json.member("uploadedAt", report.uploadedAt)
            json.member("recorded", counts.recorded)
            json.member("repeated", counts.repeated)
            json.member("refused", counts.refused)
            json.array("results") { json in
                for entry in report.entries {
                    json.object { json in
                        if let ticket = entry.ticketID { json.member("ticketId", ticket) }
                        json.members(of: entry.result)
                    }
                }
            }
        }
    }

    private mutating func members(of result: ScansUploaded.Result) {
        switch result {
        case .recorded: member("result", "recorded")
        case .repeated: member("result", "repeated")
        case .refused(let code, let subject, let against):
            member("result", "refused")
            member("code", code.name)
            if !subject.isEmpty { member("reason", subject) }
            if let against { object("against") { $0.members(against) } }
        }
    }
}
