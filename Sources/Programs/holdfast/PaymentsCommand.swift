import ArgumentParser
import AsyncHTTPClient
import Domain
import Foundation
import Identity
import NIOCore
import NIOHTTP1

/// What an operator does about payments that the payment process gave up trying by itself.
struct PaymentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payments", abstract: "Lists parked payments, and retries or gives up one of them.",
        subcommands: [List.self, Retry.self, GiveUp.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the parked payments with their reasons as JSON lines.")

        @OptionGroup var node: OperatorNode

        func run() async throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            var page = ParkedPage(parked: [], nextCursor: nil)
            repeat {
                page = try JSONDecoder().decode(ParkedPage.self, from: try await node.call(.GET, page.nextPath))
                for payment in page.parked {
                    print(String(decoding: try encoder.encode(payment), as: UTF8.self))
                }
            } while page.nextCursor != nil
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Tries a parked payment again.")

        @OptionGroup var node: OperatorNode
        @Argument(help: "The order's id.") var order: String

        func run() async throws { _ = try await node.call(.POST, "\(order)/retry") }
    }

    struct GiveUp: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "void",
            abstract: "Gives a payment up: revokes its tickets and voids the authorization.")

        @OptionGroup var node: OperatorNode
        @Argument(help: "The order's id.") var order: String

        func run() async throws { _ = try await node.call(.POST, "\(order)/void") }
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
    }

    var parked: [Payment]
    var nextCursor: String?

    var nextPath: String {
        guard let cursor = nextCursor?.addingPercentEncoding(withAllowedCharacters: .alphanumerics) else {
            return "parked?limit=100"
        }
        return "parked?limit=100&cursor=\(cursor)"
    }
}

/// What the node answered instead of doing what was asked.
private struct NodeRefusal: Error, CustomStringConvertible {
    var description: String
}

/// The command node that an operator talks to.
struct OperatorNode: ParsableArguments {
    @Option(help: "The local instance's data folder, as given to tools/up.")
    var data: String?

    @Option(help: "A command node's URL; default: the local instance's.")
    var url: String?

    @Option(help: "An admin's token; default: one of the local instance's own.")
    var token: String?

    private static let timeout = TimeAmount.seconds(60)
    private static let answerBytesMax = 64 << 20

    func call(_ method: HTTPMethod, _ path: String) async throws -> Data {
        guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ValidationError("That is no order's id.")
        }
        var request = HTTPClientRequest(url: "\(try nodeURL())/api/v1/payments/\(path)")
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(try adminToken())")
        if method == .POST { request.headers.add(name: "Idempotency-Key", value: UUID().uuidString) }
        let response = try await HTTPClient.shared.execute(request, timeout: Self.timeout)
        let answer = Data(try await response.body.collect(upTo: Self.answerBytesMax).readableBytesView)
        guard (200..<300).contains(response.status.code) else {
            throw NodeRefusal(
                description: "The node answered \(response.status.code): \(String(decoding: answer, as: UTF8.self))")
        }
        return answer
    }

    private func nodeURL() throws -> String {
        if let url { return url }
        guard let data else { throw ValidationError("--data is needed, or --url and --token.") }
        guard let first = try LocalInstance(dataFolder: data).nodes.first else {
            throw ValidationError("The instance in \(data) has no node.")
        }
        return first.url
    }

    private func adminToken() throws -> String {
        if let token { return token }
        guard let data else { throw ValidationError("--token or --data is needed to talk to the node.") }
        return try LocalKeys(dataFolder: data).sign(
            subject: UserID("operator"), role: .admin, lifetimeSeconds: 3600)
    }
}
