import Domain
import HTTPServer
import Identity
import WebAPI

/// `POST /tickets/{id}/scan`.
struct ScanBody: Decodable {
    var code: String
    /// In, where it does not say.
    var direction: DoorPass.Direction?
    /// Where the caller stands, unless the access token says so.
    var gate: String?

    /// An invalid code never reaches the log: anybody can make one up.
    func command(
        of ticketID: TicketID, on show: ShowID, _ identity: CommandIdentity,
        _ readTicketCode: CommandRoutes.TicketCodeReader
    ) throws(Problem) -> ShowCommand {
        let post = try identity.principal.post(at: show, gate: gate)
        guard let code = readTicketCode(code) else {
            throw Problem(.invalidTicketCode, detail: "The code is not signed by this service.")
        }
        guard code.ticketID == ticketID, code.show == show else {
            throw Problem(.invalidTicketCode, detail: "The code belongs to another ticket.")
        }
        let scan = TicketScan(
            generation: code.generation, direction: direction ?? .entry, gate: post.gate, areas: post.areas)
        return .ticket(.scan(scan), ticketID, by: identity.principal.userID)
    }
}
