import Testing

@testable import Fanout

@Suite struct ZAPAuthenticatorTests {
    let key: CurvePublicKey
    let authenticator: ZAPAuthenticator

    init() throws {
        key = try CurveKeyPair.generate().publicKey
        authenticator = ZAPAuthenticator(allowedClients: [key])
    }

    private func request(
        version: String = "1.0", domain: String = "holdfast", mechanism: String = "CURVE", credentials: [[UInt8]]
    ) -> [[UInt8]] {
        [version, "7", domain, "127.0.0.1", "", mechanism].map { Array($0.utf8) } + credentials
    }

    @Test func `A client on the list is accepted by name`() {
        let reply = authenticator.reply(to: request(credentials: [key.bytes]))
        #expect(reply.status == .accepted)
        #expect(reply.frames == ["1.0", "7", "200", "OK", key.description, ""].map { Array($0.utf8) })
    }

    @Test func `Any other client is refused`() throws {
        let reply = authenticator.reply(to: request(credentials: [try CurveKeyPair.generate().publicKey.bytes]))
        #expect(reply.status == .refused)
        #expect(reply.frames[2] == Array("400".utf8))
        #expect(reply.frames[4].isEmpty)
    }

    @Test func `Without a CURVE key nobody is accepted`() {
        for mechanism in ["NULL", "PLAIN", "GSSAPI", "", "curve", "CURVE\0"] {
            #expect(authenticator.reply(to: request(mechanism: mechanism, credentials: [key.bytes])).status == .refused)
            #expect(authenticator.reply(to: request(mechanism: mechanism, credentials: [])).status == .refused)
        }
        #expect(authenticator.reply(to: request(domain: "other", credentials: [key.bytes])).status == .refused)
    }

    @Test func `A malformed request is called so`() {
        let malformed: [[[UInt8]]] = [
            [], [[]], [[], []], Array(request(credentials: []).prefix(5)), request(credentials: []),
            request(credentials: [[]]), request(credentials: [Array(key.bytes.dropLast())]),
            request(credentials: [key.bytes + [0]]), request(credentials: [key.bytes, key.bytes]),
            request(version: "2.0", credentials: [key.bytes]), request(version: "", credentials: [key.bytes]),
        ]
        for request in malformed {
            let reply = authenticator.reply(to: request)
            #expect(reply.status == .malformed)
            #expect(reply.frames.count == 6)
            #expect(reply.frames[2] == Array("500".utf8))
        }
    }

    @Test(.timeLimit(.minutes(1))) func `The handler answers over its socket, and survives malformed requests`()
        async throws
    {
        let context = try ZeroMQContext()
        let handler = try ZAPHandler(authenticator, in: context, logger: quiet) { Issue.record("failed: \($0)") }
        let wakeUp = try WakeUp()
        let client = try ZeroMQSocket(.request, in: context)
        try client.connect(ZAPHandler.address)
        func ask(_ frames: [[UInt8]]) throws -> String {
            #expect(try client.send(frames: frames))
            while true {
                try wakeUp.wait(orReceiveFrom: [client], for: .seconds(1))
                if let reply = try client.receive(framesMax: 16) {
                    return String(decoding: reply.frames[2], as: UTF8.self)
                }
                try Task.checkCancellation()
            }
        }
        #expect(try ask(request(credentials: [key.bytes])) == "200")
        #expect(try ask([[]]) == "500")
        #expect(try ask([[UInt8]](repeating: [1], count: 1000)) == "500")
        #expect(try ask(request(credentials: [[UInt8](repeating: 9, count: 32)])) == "400")
        #expect(try ask(request(credentials: [key.bytes])) == "200")
        client.close()
        handler.stop()
        context.terminate()
    }
}
