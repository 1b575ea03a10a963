import Domain
import HTTPTypes
import Identity
import NIOCore
import WebAPI

/// A kind of command that may take the fast lane, and how a request is read as one.
struct LaneCommand: Sendable {
    /// A request's path, split around its id.
    struct Path: Sendable {
        /// As the router writes it, with `{id}`.
        let template: String
        private let start: String
        private let end: String

        /// - Parameter path: below `/api/v1/`.
        init(_ path: String) {
            template = "/api/v1/\(path)"
            let parts = template.split(separator: "{id}", omittingEmptySubsequences: false)
            precondition(parts.count == 2, "the path of a lane command has one id")
            start = String(parts[0])
            end = String(parts[1])
        }

        /// The id in a path of this form, in the one spelling that needs no decoding.
        func id(in path: String) -> String? {
            let bytes = path.utf8
            guard bytes.count > start.utf8.count + end.utf8.count, bytes.starts(with: start.utf8) else { return nil }
            let id = bytes.dropFirst(start.utf8.count).dropLast(end.utf8.count)
            guard id.allSatisfy(Self.isPlain), bytes[id.endIndex...].elementsEqual(end.utf8) else { return nil }
            return String(Substring(id))
        }

        private static func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "/"), UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#"): false
            default: (0x21...0x7E).contains(byte)
            }
        }
    }

    /// What there is of a request.
    struct Call {
        var id: String
        var body: ByteBuffer
        var identity: CommandIdentity

        var user: UserID { identity.principal.userID }
    }

    let method: HTTPRequest.Method
    let path: Path
    /// What the caller must be, at least.
    let role: Principal.Role
    let hasBody: Bool
    /// The command and its show; nil where anything is not plainly in order.
    let read: @Sendable (Call) -> (ShowCommand, ShowID)?
}

extension LaneCommand {
    static let placeHold = LaneCommand(method: .post, path: Path("shows/{id}/holds"), role: .user, hasBody: true) {
        call in
        guard let show = ShowID(checking: call.id), let selection = HoldBody(plain: call.body)?.plainSelection else {
            return nil
        }
        let holdID = HoldID(on: show, placedBy: call.identity.commandID)
        return (.placeHold(PlaceHold(holdID: holdID, userID: call.user, selection: selection)), show)
    }

    static let releaseHold = LaneCommand(method: .delete, path: Path("holds/{id}"), role: .user, hasBody: false) {
        call in
        guard let holdID = HoldID(checking: call.id), let show = holdID.show else { return nil }
        return (.releaseHold(holdID, by: call.user), show)
    }

    static func scan(_ readTicketCode: @escaping CommandRoutes.TicketCodeReader) -> LaneCommand {
        LaneCommand(method: .post, path: Path("tickets/{id}/scan"), role: .scanner, hasBody: true) { call in
            guard let ticketID = TicketID(checking: call.id), ticketID.number != nil,
                let show = ticketID.order?.show, let body = ScanBody(plain: call.body),
                let code = readTicketCode(body.code), code.ticketID == ticketID, code.show == show
            else { return nil }
            return (.ticket(.scan(generation: code.generation), ticketID, by: call.user), show)
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

    fileprivate var plainSelection: PlaceHold.Selection? {
        do {
            return try selection()
        } catch {
            return nil  // The slow way says what is wrong.
        }
    }
}

extension ScanBody {
    fileprivate init?(plain text: ByteBuffer) {
        var code: String?
        let isPlain = PlainJSON.object(in: text) { name, json in
            guard name == "code" else { return false }
            code = json.text()
            return code != nil
        }
        guard isPlain, let code else { return nil }
        self.code = code
    }
}
