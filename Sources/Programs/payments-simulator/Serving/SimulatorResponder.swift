internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import ServiceLifecycle
internal import Text

/// `/v1/…` as at Stripe; and for whoever runs the simulator `GET /ledger`, `POST /faults` and `GET /health`.
///
/// No router and no middleware: a purchase makes two calls, on the same processors as what they are a test of.
struct SimulatorResponder: HTTPResponder {
    typealias Context = SimulatorContext

    private static let bodyBytesMax = 1 << 16
    /// The longest that a caller is left without an answer; clients give up sooner.
    private static let silence = Duration.seconds(120)

    let simulator: Simulator
    let secretKey: String

    func respond(to request: Request, context: SimulatorContext) async throws -> Response {
        let path = request.uri.path
        if path.hasPrefix("/v1/") { return try await call(path.dropFirst("/v1/".count), request, context) }
        switch (request.method, path) {
        case (.get, "/health"): return .json(200, Array("{}".utf8))
        case (.get, "/ledger"): return .ledger(await simulator.accounts())
        case (.post, "/faults"): return try await changeFaults(request)
        case (.post, "/disputes"): return try await dispute(request)
        case (.get, let page) where page.hasPrefix(Self.challenges): return .challengePage
        case (.post, let page) where page.hasPrefix(Self.challenges):
            return try await challenge(String(page.dropFirst(Self.challenges.count)), request)
        default: return .json(404, Array(#"{"error":{"message":"There is no such thing here."}}"#.utf8))
        }
    }

    // MARK: Stripe's calls

    private func call(_ path: Substring, _ request: Request, _ context: SimulatorContext) async throws -> Response {
        do {
            guard isAuthorized(request.headers) else { throw Failure.unauthorized }
            guard let method = Call.Method(request.method) else { throw Failure.invalid(nil, "GET or POST") }
            let fields = try await fields(of: request, method)
            let call = try Call(method, path, fields)
            var key: IdempotencyKey?
            if let name = request.headers[.idempotencyKey], method == .post {
                guard name.utf8.count <= IdempotencyKey.lengthMax else {
                    throw Failure.invalid(nil, "Idempotency keys have at most \(IdempotencyKey.lengthMax) characters.")
                }
                key = IdempotencyKey(name, path: String(path), fields: fields)
            }
            switch await simulator.reply(to: call, key: key) {
            case .answer(let answer, let wasReplayed):
                return .json(answer.status, answer.json, wasReplayed: wasReplayed)
            case .silence: try await staySilent(on: context.channel)
            case .cut: try await context.channel.close()
            }
            throw CancellationError()  // There is nobody any more to answer.
        } catch let failure as Failure {
            return .json(failure.status, Answer.failure(failure).json)
        }
    }

    private func fields(of request: Request, _ method: Call.Method) async throws -> FormFields {
        do {
            guard method == .post else { return try FormFields((request.uri.query ?? "").utf8) }
            return try FormFields(try await request.body.collect(upTo: Self.bodyBytesMax).readableBytesView)
        } catch is FormFields.Malformed {
            throw Failure.invalid(nil, "Invalid form encoding.")
        } catch is NIOTooManyBytesError {
            throw Failure.invalid(nil, "The body is too large.")
        }
    }

    /// As a bearer, or as the user of basic authentication.
    private func isAuthorized(_ headers: HTTPFields) -> Bool {
        guard let value = headers[.authorization] else { return false }
        return value == "Bearer \(secretKey)" || value == "Basic \(Data("\(secretKey):".utf8).base64EncodedString())"
    }

    /// Until the caller has had enough, and closes the connection.
    private func staySilent(on channel: any Channel) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await Task.sleep(for: Self.silence)
                try await channel.close()
            }
            try await withGracefulShutdownHandler {
                try await channel.closeFuture.get()
            } onGracefulShutdown: {
                channel.close(promise: nil)
            }
            group.cancelAll()
        }
    }

    // MARK: The customer's browser, and the customer's bank

    private static let challenges = "/challenges/"

    /// What a browser does at the customer's bank: `outcome=pass` or `fail`, with the `client_secret` in the query or body.
    private func challenge(_ id: String, _ request: Request) async throws -> Response {
        do {
            let form = try await fields(of: request, .post)
            let query = try await fields(of: request, .get)
            guard let outcome = form["outcome"] ?? query["outcome"], ["pass", "fail"].contains(outcome) else {
                throw Failure.invalid("outcome", "outcome must be pass or fail")
            }
            let secret = form["client_secret"] ?? query["client_secret"] ?? ""
            let call = Call.challenge(id, clientSecret: secret, isPassed: outcome == "pass")
            guard case .answer(let answer, _) = await simulator.reply(to: call, key: nil) else {
                throw CancellationError()
            }
            if case .intent(let intent) = answer, let url = intent.returnURL {
                return Response(status: .seeOther, headers: [.location: url])
            }
            return .json(answer.status, answer.json)
        } catch let failure as Failure {
            return .json(failure.status, Answer.failure(failure).json)
        }
    }

    private func dispute(_ request: Request) async throws -> Response {
        do {
            let call = Call.dispute(try NewDispute(try await fields(of: request, .post)))
            guard case .answer(let answer, _) = await simulator.reply(to: call, key: nil) else {
                throw CancellationError()
            }
            return .json(answer.status, answer.json)
        } catch let failure as Failure {
            return .json(failure.status, Answer.failure(failure).json)
        }
    }

    // MARK: The rest

    private struct Faults: Codable {
        var rate: Double
        var seed: UInt64?
        var searchLagSeconds: Int64?
        var forgetsKeys: Bool?
    }

    private func changeFaults(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: Self.bodyBytesMax)
        do {
            let faults = try JSONDecoder().decode(Faults.self, from: Data(body.readableBytesView))
            guard (0...1).contains(faults.rate) else { return .json(400, Array(#"{"error":"rate: 0 to 1"}"#.utf8)) }
            var mischief = Mischief(rate: faults.rate, seed: faults.seed ?? 1)
            mischief.searchLagSeconds = min(max(faults.searchLagSeconds ?? 0, 0), 86_400)
            simulator.change(to: mischief)
            if faults.forgetsKeys == true { simulator.forgetKeys() }
            return .json(200, Array(#"{"rate":\#(faults.rate)}"#.utf8))
        } catch is DecodingError {
            return .json(400, Array(#"{"error":"a rate (0 to 1), and numbers seed and searchLagSeconds"}"#.utf8))
        }
    }
}

extension Failure {
    fileprivate static let unauthorized = Failure(status: 401, kind: .request, message: "Invalid API Key provided.")
}

extension Call.Method {
    fileprivate init?(_ method: HTTPRequest.Method) {
        switch method {
        case .get: self = .get
        case .post: self = .post
        default: return nil
        }
    }
}

extension Response {
    fileprivate static func json(_ status: Int, _ body: [UInt8], wasReplayed: Bool = false) -> Response {
        var headers: HTTPFields = [.contentType: "application/json"]
        if wasReplayed { headers[.idempotentReplayed] = "true" }
        return Response(
            status: .init(code: status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// The bank's page: two buttons.
    fileprivate static var challengePage: Response {
        Response(
            status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(
                byteBuffer: ByteBuffer(
                    string: """
                        <!doctype html><title>Your bank</title><form method="post">
                        <button name="outcome" value="pass">Complete authentication</button>
                        <button name="outcome" value="fail">Fail authentication</button></form>
                        """)))
    }

    private static let accountsPerPart = 500

    /// `{"payments":[{order, payment, state, amount, currency, captured, refunded, charges, authorizations, refunds}]}`
    fileprivate static func ledger(_ ledger: Ledger) -> Response {
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(string: #"{"payments":["#))
            for start in stride(from: 0, to: ledger.intents.count, by: accountsPerPart) {
                var part = JSONWriter(capacity: accountsPerPart * 256)
                for intent in ledger.intents[start..<min(start + accountsPerPart, ledger.intents.count)] {
                    part.object { intent.writeAccount(&$0, ledger.refunds(of: intent.id)) }
                }
                if start > 0 { try await writer.write(ByteBuffer(string: ",")) }
                try await writer.write(ByteBuffer(bytes: part.bytes))
            }
            try await writer.write(ByteBuffer(string: "]}\n"))
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/json"], body: body)
    }
}

extension Intent {
    fileprivate func writeAccount(_ writer: inout JSONWriter, _ refunds: [Refund]) {
        writer.key("order")
        if let order = metadata["order"] { writer.value(order) } else { writer.null() }
        writer.member("payment", id)
        writer.member("state", status.rawValue)
        writer.member("amount", amount)
        writer.member("currency", currency)
        writer.member("captured", captured)
        writer.member("refunded", refunded)
        writer.member("charges", charges)
        writer.member("authorizations", authorizations)
        writer.array("refunds") { writer in
            for refund in refunds where refund.failureReason == nil {
                writer.object { writer in
                    writer.member("refund", refund.metadata["refund"] ?? refund.id)
                    writer.member("amount", refund.amount)
                }
            }
        }
    }
}
