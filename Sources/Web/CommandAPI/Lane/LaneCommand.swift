import Domain
import HTTPServer
import HTTPTypes
import Identity
import NIOCore
import Sequencing
import WebAPI

/// A kind of command that may take the fast lane, and how a request is read as one.
struct LaneCommand: Sendable {
    /// What there is of a request.
    struct Call {
        var id: String
        var body: ByteBuffer
        var identity: CommandIdentity
        /// The header `Admission`.
        var admission: String?

        var user: UserID { identity.principal.userID }
    }

    let method: HTTPRequest.Method
    /// As the router writes it, below `/api/v1/`.
    let path: String
    /// What the caller must be, at least.
    let role: Principal.Role
    let hasBody: Bool
    var takesAdmission = false
    /// The command and its show; nil where anything is not plainly in order.
    let read: @Sendable (Call) -> (ShowCommand, ShowID)?

    /// The command that a request stands for.
    func request(_ call: LaneRoute.Call) -> CommandRequest? {
        let headers = call.head.headerFields
        guard let principal = call.principal,
            let key = plainly({ () throws(Problem) in try IdempotencyKey(headers) })
        else { return nil }
        let identity = CommandIdentity(
            method: call.head.method, path: call.path, principal: principal, key: key, body: hasBody ? call.body : nil)
        guard
            let (command, show) = read(
                Call(id: call.id, body: call.body, identity: identity, admission: call.admission))
        else { return nil }
        return identity.request(command, on: show, span: call.span)
    }
}

extension LaneCommand {
    static func placeHold(_ readAdmission: CommandRoutes.AdmissionReader?) -> LaneCommand {
        LaneCommand(method: .post, path: "shows/{id}/holds", role: .user, hasBody: true, takesAdmission: true) { call in
            guard let show = ShowID(checking: call.id), let body = HoldBody(plain: call.body) else { return nil }
            let admission = call.admission.flatMap { readAdmission?($0) }
            return plainly { () throws(Problem) in (try body.command(on: show, call.identity, admission), show) }
        }
    }

    static let releaseHold = LaneCommand(method: .delete, path: "holds/{id}", role: .user, hasBody: false) {
        call in
        guard let holdID = HoldID(checking: call.id), let show = holdID.show else { return nil }
        return (.releaseHold(holdID, by: call.user), show)
    }

    static func scan(_ readTicketCode: @escaping CommandRoutes.TicketCodeReader) -> LaneCommand {
        LaneCommand(method: .post, path: "tickets/{id}/scan", role: .scanner, hasBody: true) { call in
            guard let ticketID = TicketID(checking: call.id), let show = ticketID.show,
                let body = ScanBody(plain: call.body)
            else { return nil }
            return plainly { () throws(Problem) in
                (try body.command(of: ticketID, on: show, call.identity, readTicketCode), show)
            }
        }
    }
}

extension LaneCommand {
    /// Answered by ``LaneOrder``.
    static let placeOrder = LaneCommand(method: .post, path: "orders", role: .user, hasBody: true) { call in
        guard let body = OrderBody(plain: call.body) else { return nil }
        return plainly { () throws(Problem) -> (ShowCommand, ShowID) in
            let (purchase, show) = try body.command(call.identity)
            return (.startPurchase(purchase), show)
        }
    }
}

extension HoldBody {
    fileprivate init?(plain text: ByteBuffer) {
        let isPlain = PlainJSON.object(in: text) { name, json in
            switch name {
            case "seats":
                seats = json.texts()
                return seats != nil
            case "areas":
                var areas: [String: Int] = [:]
                defer { self.areas = areas }
                return json.object { name, json in
                    areas[name] = json.number()
                    return areas[name] != nil
                }
            case "quantity":
                quantity = json.number()
                return quantity != nil
            case "category":
                category = json.text()
                return category != nil
            default: return false
            }
        }
        guard isPlain else { return nil }
    }
}

extension OrderBody {
    fileprivate init?(plain text: ByteBuffer) {
        var holdID: String?
        var token: Int?
        var holds: [PaidHold]?
        var method: String?
        let isPlain = PlainJSON.object(in: text) { name, json in
            switch name {
            case "holdId":
                holdID = json.text()
                return holdID != nil
            case "fencingToken":
                token = json.number()
                return token != nil
            case "holds":
                var read: [PaidHold] = []
                defer { holds = read }
                return json.objects { json in
                    guard let hold = PaidHold(plain: &json) else { return false }
                    read.append(hold)
                    return true
                }
            case "paymentMethod":
                method = json.text()
                return method != nil
            default: return false
            }
        }
        guard isPlain, let method else { return nil }
        self.init(holdId: holdID, fencingToken: token.map(Int64.init), holds: holds, paymentMethod: method)
    }
}

extension OrderBody.PaidHold {
    fileprivate init?(plain json: inout PlainJSON) {
        var holdID: String?
        var token: Int?
        let isPlain = json.object { name, json in
            switch name {
            case "holdId":
                holdID = json.text()
                return holdID != nil
            case "fencingToken":
                token = json.number()
                return token != nil
            default: return false
            }
        }
        guard isPlain, let holdID, let token else { return nil }
        self.init(holdId: holdID, fencingToken: Int64(token))
    }
}

extension ScanBody {
    fileprivate init?(plain text: ByteBuffer) {
        var code: String?
        var direction: DoorPass.Direction?
        var gate: String?
        let isPlain = PlainJSON.object(in: text) { name, json in
            switch name {
            case "code":
                code = json.text()
                return code != nil
            case "direction":
                direction = json.text().flatMap(DoorPass.Direction.init(rawValue:))
                return direction != nil
            case "gate":
                gate = json.text()
                return gate != nil
            default: return false
            }
        }
        guard isPlain, let code else { return nil }
        self.code = code
        self.direction = direction
        self.gate = gate
    }
}

/// What `read` comes to; nil where it throws: the router's way says what is wrong.
private func plainly<R>(_ read: () throws(Problem) -> R) -> R? {
    do {
        return try read()
    } catch {
        return nil
    }
}
