import ArgumentParser
import Domain
import Foundation
import HoldfastClient
import Identity
import ProgramOutput

/// What an operator does about payments that the payment process gave up trying by itself.
struct PaymentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payments",
        abstract:
            "Lists payments that wait for an operator and disputes, settles them, and compares the provider with the log.",
        subcommands: [
            List.self, Disputes.self, Retry.self, GiveUp.self, Accept.self, Suspend.self, Restore.self, End.self,
            Reconcile.self,
        ])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the parked payments with their reasons as JSON lines.")

        @OptionGroup var node: OperatorNode
        @OptionGroup var json: JSONLinesFlag

        func run() async throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            var page = ParkedPage(parked: [], nextCursor: nil)
            repeat {
                page = try JSONDecoder().decode(ParkedPage.self, from: try await node.call(.get, page.nextPath))
                for payment in page.parked {
                    print(String(decoding: try encoder.encode(payment), as: UTF8.self))
                }
            } while page.nextCursor != nil
        }
    }

    struct Disputes: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the disputed payments as JSON lines.")

        @OptionGroup var node: OperatorNode
        @OptionGroup var json: JSONLinesFlag

        func run() async throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            var page = DisputesPage(disputes: [], nextCursor: nil)
            repeat {
                let path = ParkedPage.path("disputes", after: page.nextCursor)
                page = try JSONDecoder().decode(DisputesPage.self, from: try await node.call(.get, path))
                for payment in page.disputes {
                    print(String(decoding: try encoder.encode(payment), as: UTF8.self))
                }
            } while page.nextCursor != nil
        }
    }

    struct Accept: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Leaves an order as it is: what was due is settled elsewhere, and its tickets stay as they are.")

        @OptionGroup var node: OperatorNode
        @Argument(help: "The order's id.") var order: String
        @OptionGroup var json: JSONFlag

        func run() async throws {
            _ = try await node.call(.post, "\(order)/accept")
            try json.printDone("accept", order)
        }
    }

    struct Suspend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stops an order's tickets: they let nobody in until they are restored or ended.")

        @OptionGroup var change: TicketsChange

        func run() async throws { try await change.perform("suspend") }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lets suspended tickets be used again.")

        @OptionGroup var change: TicketsChange

        func run() async throws { try await change.perform("restore") }
    }

    struct End: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends an order's tickets without a refund; their places are free again.")

        @OptionGroup var change: TicketsChange

        func run() async throws { try await change.perform("end") }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Tries a parked payment again.")

        @OptionGroup var node: OperatorNode
        @Argument(help: "The order's id.") var order: String
        @OptionGroup var json: JSONFlag

        func run() async throws {
            _ = try await node.call(.post, "\(order)/retry")
            try json.printDone("retry", order)
        }
    }

    struct GiveUp: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "void",
            abstract: "Gives a payment up: revokes its tickets and voids the authorization.")

        @OptionGroup var node: OperatorNode
        @Argument(help: "The order's id.") var order: String
        @OptionGroup var json: JSONFlag

        func run() async throws {
            _ = try await node.call(.post, "\(order)/void")
            try json.printDone("void", order)
        }
    }
}

/// `GET /payments/parked`.
private struct ParkedPage: Decodable {
    struct Payment: Codable {
        struct Refund: Codable {
            var refundId: String
            var amount: Int64
        }

        var orderId, showId, userId, status, paymentId, reason: String
        // Of an order that is only to be refunded, the node knows no more than the refund.
        var total: Int64?
        var currency: String?
        var refund: Refund?
        /// What may be done about it: names of this command's subcommands.
        var ways: [String]
    }

    var parked: [Payment]
    var nextCursor: String?

    var nextPath: String { Self.path("parked", after: nextCursor) }

    static func path(_ list: String, after cursor: String?) -> String {
        guard let cursor = cursor?.addingPercentEncoding(withAllowedCharacters: .alphanumerics) else {
            return "\(list)?limit=100"
        }
        return "\(list)?limit=100&cursor=\(cursor)"
    }
}

/// `GET /payments/disputes`.
private struct DisputesPage: Decodable {
    struct Payment: Codable {
        struct Dispute: Codable {
            var disputeId, status, reason: String
            var amount: Int64
        }

        var orderId, showId, userId, paymentId: String
        var disputes: [Dispute]
        var ways: [String]
    }

    var disputes: [Payment]
    var nextCursor: String?
}

/// Something done with some or all tickets of an order.
struct TicketsChange: ParsableArguments {
    @OptionGroup var node: OperatorNode
    @Argument(help: "The order's id.") var order: String
    @Argument(help: "The tickets' ids; none: all that it can be done with.") var tickets: [String] = []
    @OptionGroup var json: JSONFlag

    func perform(_ step: String) async throws {
        let body = tickets.isEmpty ? nil : try JSONEncoder().encode(["tickets": tickets])
        _ = try await node.call(.post, "\(order)/\(step)", body: body)
        try json.printDone(step, order)
    }
}

extension JSONFlag {
    /// What was done, for programs; people see that nothing failed.
    fileprivate func printDone(_ step: String, _ order: String) throws {
        if isOn { try ProgramOutput.print(["orderId": order, "done": step]) }
    }
}

/// The command node that an operator talks to.
struct OperatorNode: ParsableArguments {
    @Option(help: "The local instance's data folder, as given to tools/up.")
    var data: String?

    @Option(help: "A command node's URL; default: the local instance's.")
    var url: String?

    @Option(
        help: "The file with an admin's token; default: HOLDFAST_TOKEN, or one of the local instance's own.")
    var tokenFile: String?

    func call(_ method: HoldfastClient.Method, _ path: String, body: Data? = nil) async throws -> Data {
        guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ValidationError("That is no order's id.")
        }
        let token = try adminToken()
        let client = HoldfastClient(url: try nodeURL(), policy: RetryPolicy(timeout: .seconds(60))) { token }
        let path = "/api/v1/payments/\(path)"
        return method == .get
            ? try await client.get(path).body : try await client.command(method, path, json: body).body
    }

    private func nodeURL() throws -> String {
        if let url { return url }
        guard let data else { throw ValidationError("--data is needed, or --url and --token-file.") }
        guard let first = try LocalInstance(dataFolder: data).nodes.first else {
            throw ValidationError("The instance in \(data) has no node.")
        }
        return first.url
    }

    private func adminToken() throws -> String {
        if let token = try GivenToken.read(file: tokenFile) { return token }
        guard let data else { throw ValidationError("--token-file or --data is needed to talk to the node.") }
        return try LocalKeys(dataFolder: data).sign(
            subject: UserID("operator"), role: .admin, lifetimeSeconds: 3600)
    }
}
