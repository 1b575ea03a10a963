import Domain
import HTTPServer
import Identity
import WebAPI

/// `POST /shows/{id}/scans/uploads`: scans that a device made without a network.
struct ScanUploadBody: Decodable {
    /// Scans of one upload. They become one append.
    static let scansMax = 1_000

    struct Scan: Decodable {
        var code: String
        /// By the device's clock. Read leniently: a device with a broken clock must not lose its other scans.
        var scannedAt: String
        var direction: DoorPass.Direction?
        var gate: String?
    }

    var scans: [Scan]

    /// Codes that are checked before others get their turn: a signature takes long.
    private static let codesPerTurn = 32

    /// A code that is none is part of the report, like every other scan that does not count.
    func command(
        on show: ShowID, by principal: Principal, _ readTicketCode: CommandRoutes.TicketCodeReader
    ) async throws(Problem) -> ShowCommand {
        let post = try principal.post(at: show)
        guard (1...Self.scansMax).contains(scans.count) else {
            throw .invalid("scans must be 1 to \(Self.scansMax) scans.")
        }
        var uploaded: [ScanUpload.Scan] = []
        uploaded.reserveCapacity(scans.count)
        for (index, scan) in scans.enumerated() {
            if index % Self.codesPerTurn == 0 { await Task.yield() }
            let gate = try principal.post(at: show, gate: scan.gate).gate
            let direction = scan.direction ?? .entry
            guard let code = readTicketCode(scan.code) else {
                uploaded.append(
                    ScanUpload.Scan(
                        ticketID: nil, code: .refused(.invalidTicketCode), direction: direction, at: .distantPast,
                        gate: gate))
                continue
            }
            let time = Timestamp(rfc3339: scan.scannedAt)
            let content: ScanUpload.Scan.Code =
                if code.show != show {
                    .refused(.ticketWrongShow)
                } else if time == nil {
                    .refused(.scanTimeUnreadable)
                } else {
                    .generation(code.generation)
                }
            uploaded.append(
                ScanUpload.Scan(
                    ticketID: code.ticketID, code: content, direction: direction, at: time ?? .distantPast, gate: gate))
        }
        return .uploadScans(ScanUpload(uploaded, areas: post.areas, by: principal.userID))
    }
}
