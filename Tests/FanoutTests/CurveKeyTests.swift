import Foundation
import Testing

@testable import Fanout

@Suite struct CurveKeyTests {
    /// The test vector of https://rfc.zeromq.org/spec/26 as libzmq's manual of zmq_curve(7) prints it.
    let serverPublic = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
    let serverSecret = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"

    @Test func `The public key follows from the secret key`() throws {
        let pair = try #require(CurveKeyPair(secretZ85: serverSecret))
        #expect(pair.publicKey == CurvePublicKey(z85: serverPublic))
        #expect(pair.publicKey.description == serverPublic)
        #expect(pair.secretZ85 == serverSecret)
    }

    @Test func `Generated pairs differ and are read back`() throws {
        let a = try CurveKeyPair.generate()
        let b = try CurveKeyPair.generate()
        #expect(a.publicKey != b.publicKey)
        #expect(CurveKeyPair(secretZ85: a.secretZ85)?.publicKey == a.publicKey)
    }

    @Test func `A description or dump shows no secret`() throws {
        let pair = try CurveKeyPair.generate()
        var dumped = ""
        dump(pair, to: &dumped)
        for text in ["\(pair)", String(reflecting: pair), dumped, "\([pair])"] {
            #expect(!text.contains(pair.secretZ85))
            #expect(!text.contains("secret"))
        }
    }

    @Test(arguments: [
        "", "short", String(repeating: "0", count: 39), String(repeating: "0", count: 41),
        String(repeating: "\"", count: 40), String(repeating: "é", count: 20), String(repeating: "#", count: 40),
        "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf\0",
    ])
    func `Not a key`(_ text: String) {
        // 40 times '#' is Z85 by its characters, but more than 32 bits in each group.
        #expect(CurvePublicKey(z85: text) == nil)
        #expect(CurveKeyPair(secretZ85: text) == nil)
    }

    @Test func `A written secret key file is read back and open to nobody else`() throws {
        let folder = try TemporaryFolder()
        let pair = try CurveKeyPair.generate()
        let path = "\(folder.path)/secret"
        try CurveKeyFile.create(pair, at: path)
        #expect(try CurveKeyFile.keyPair(at: path).secretZ85 == pair.secretZ85)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(throws: FanoutError.self) { try CurveKeyFile.create(pair, at: path) }
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o644, 0o610])
    func `A secret key file open to others is refused`(_ mode: Int) throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("secret", serverSecret, mode: mode)
        #expect { try CurveKeyFile.keyPair(at: path) } throws: { ($0 as? FanoutError)?.code == .keyFile }
    }

    @Test func `What is no secret key file is refused`() throws {
        let folder = try TemporaryFolder()
        for text in ["", "# nothing\n", "\(serverSecret)\n\(serverSecret)\n", "\(serverSecret) x", "garbage"] {
            let path = try folder.file("secret", text, mode: 0o600)
            #expect { try CurveKeyFile.keyPair(at: path) } throws: { ($0 as? FanoutError)?.code == .invalidKey }
        }
        #expect { try CurveKeyFile.keyPair(at: folder.path) } throws: { ($0 as? FanoutError)?.code == .keyFile }
        #expect { try CurveKeyFile.keyPair(at: folder.path + "/none") } throws: {
            ($0 as? FanoutError)?.code == .keyFile
        }
        let huge = try folder.file("huge", String(repeating: "\n", count: 2_000_000), mode: 0o600)
        #expect { try CurveKeyFile.keyPair(at: huge) } throws: { ($0 as? FanoutError)?.code == .keyFile }
    }

    @Test func `An allow-list has comments, blank lines and spaces around keys`() throws {
        let folder = try TemporaryFolder()
        let key = try CurveKeyPair.generate().publicKey.description
        let path = try folder.file(
            "allowed", "# the replicas\r\n\n  \(serverPublic)\t\r\n#\n#nospace\n\(serverPublic)\n\(key)\n", mode: 0o644)
        let keys = try CurveKeyFile.publicKeys(at: path)
        #expect(keys == Set([serverPublic, key].compactMap { CurvePublicKey(z85: $0) }))
        #expect(keys.count == 2)
    }

    @Test func `An allow-list with a line that is no key says which`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("allowed", "\(serverPublic)\ncomment\n", mode: 0o644)
        #expect { try CurveKeyFile.publicKeys(at: path) } throws: {
            ($0 as? FanoutError)?.message.contains("line 2") == true
        }
    }

    @Test func `Server keys belong to endpoints`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("servers", "# nodes\ntcp://10.0.0.1:7000 \(serverPublic)\n", mode: 0o644)
        #expect(
            try CurveKeyFile.serverKeys(at: path) == [
                endpoint("tcp://10.0.0.1:7000"): CurvePublicKey(z85: serverPublic)!
            ])
        for text in [
            serverPublic, "tcp://a:1 x", "x \(serverPublic)", "tcp://a:1 \(serverPublic)\ntcp://a:1 \(serverPublic)",
        ] {
            let path = try folder.file("bad", text, mode: 0o644)
            #expect(throws: FanoutError.self) { try CurveKeyFile.serverKeys(at: path) }
        }
    }
}
