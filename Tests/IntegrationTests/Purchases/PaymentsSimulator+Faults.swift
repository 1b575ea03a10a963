import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SystemPackage
import TestSupport

/// What a cluster needs of its payment provider, and what is done to it there.
extension PaymentsSimulator {
    /// A moment of a call at which it may be killed, by itself.
    enum Moment: String, CaseIterable, Sendable {
        /// The call has arrived, and nothing is done.
        case beforeAuthorize = "before-authorize"
        case beforeCapture = "before-capture"
        case beforeVoid = "before-void"
        case beforeRefund = "before-refund"
        case beforeClose = "before-close"
        case beforeFind = "before-find"
        /// It is done and on the disk, and nobody was answered.
        case afterAuthorize = "after-authorize"
        case afterCapture = "after-capture"
        case afterVoid = "after-void"
        case afterRefund = "after-refund"
        case afterClose = "after-close"
    }

    static let webhookSecret = "whsec_of_the_tests"

    /// What a node reads its keys from.
    var secretKeyFile: URL { folder.appending(path: "payments.key") }
    var webhookSecretFile: URL { folder.appending(path: "payments-webhook.secret") }

    func writeSecrets() throws {
        for (secret, file) in [(Self.secretKey, secretKeyFile), (Self.webhookSecret, webhookSecretFile)] {
            try Data("\(secret)\n".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        }
    }

    /// Starts it to die at the first call that comes to `moment`.
    func start(dyingAt moment: Moment) async throws { try await start(["--kill-at", moment.rawValue], mayDie: true) }

    /// Starts it to tell a node what happens.
    ///
    /// - Parameter faultRate: of calls and webhooks.
    func start(telling node: Node, faultRate: Double = 0, seed: UInt64 = 1) async throws {
        try await start([
            "--webhook-url", "http://127.0.0.1:\(node.port)/api/v1/payments/webhook",
            "--webhook-secret-file", webhookSecretFile.path, "--fault-rate", "\(faultRate)", "--seed", "\(seed)",
        ])
    }

    /// A look as any client of the provider may have it. Returns the answer's body.
    func look(_ path: String) async throws -> JSON {
        var request = HTTPClientRequest(url: "\(url)/v1/\(path)")
        request.headers.add(name: "Authorization", value: "Bearer \(Self.secretKey)")
        let response = try await Self.client.execute(request, timeout: .seconds(60))
        return try JSON(parsing: try await response.body.collect(upTo: 1 << 20).readableBytesView)
    }

    /// A call as any client of the provider may make it. Returns the answer's body.
    @discardableResult
    func call(_ path: String, _ form: [String: String] = [:]) async throws -> JSON {
        let fields = form.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
        }
        var request = HTTPClientRequest(url: "\(url)/v1/\(path)")
        request.method = .POST
        request.headers.add(name: "Authorization", value: "Bearer \(Self.secretKey)")
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(ByteBuffer(string: fields.joined(separator: "&")))
        let response = try await Self.client.execute(request, timeout: .seconds(60))
        return try JSON(parsing: try await response.body.collect(upTo: 1 << 20).readableBytesView)
    }

    /// How many requests have come that it has not read; for one that is stopped.
    func unreadRequests() throws -> Int {
        try Self.connections().split(separator: "\n").dropFirst().count { line in
            // As proc(5) has it: local address, remote address, state (01: established), and both queues' lengths.
            let fields = line.split(separator: " ")
            guard fields.count > 4, fields[1].hasSuffix(":" + String(format: "%04X", port)), fields[3] == "01" else {
                return false
            }
            return fields[4].drop { $0 != ":" }.dropFirst().contains { $0 != "0" }
        }
    }

    /// A file that comes in pieces, and has no size.
    private static func connections() throws -> String {
        let file = try FileDescriptor.open("/proc/net/tcp", .readOnly)
        return try file.closeAfter {
            var bytes: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = try piece.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 {
                bytes += piece[..<count]
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Copies its ledger and what it logged.
    func keepFiles(in folder: URL) throws {
        for name in ["payments.jsonl", "payments-simulator.log"] {
            let file = self.folder.appending(path: name)
            guard FileManager.default.fileExists(atPath: file.path) else { continue }
            try FileManager.default.copyItem(at: file, to: folder.appending(path: name))
        }
    }
}

extension PaymentsSimulator {
    /// What the buyer's browser does at the buyer's bank.
    ///
    /// - Parameter outcome: `pass` or `fail`.
    func challenge(_ payment: String, secret: String, _ outcome: String) async throws {
        var request = HTTPClientRequest(url: "\(url)/challenges/\(payment)")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(ByteBuffer(string: "outcome=\(outcome)&client_secret=\(secret)"))
        let response = try await Self.client.execute(request, timeout: .seconds(60))
        guard [200, 303].contains(response.status.code) else { throw NeverHappened(what: "the challenge is over") }
    }
}
