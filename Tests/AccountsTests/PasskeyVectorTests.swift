import Crypto
import Domain
import Testing
import Text

@testable import Accounts

@Suite("Passkeys of another's making")
struct PasskeyVectorTests {
    private static let account = UserID("account:" + String(repeating: "0f", count: 16))
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)
    private static let verifier = PasskeyVerifier(
        relyingParty: "shop.example", origins: ["https://shop.example"],
        key: SymmetricKey(data: Array(repeating: UInt8(11), count: 32)))

    private static func bytes(_ text: String) -> [UInt8] { Base64URL.decode(text.utf8) ?? [] }

    @Test("Each algorithm registers and logs in", arguments: PasskeyVector.all)
    func verify(_ vector: PasskeyVector) throws {
        func register(at now: Timestamp) throws -> PasskeyVerifier.NewPasskey {
            try Self.verifier.register(
                clientData: Self.bytes(vector.registrationClientData),
                attestationObject: Self.bytes(vector.attestationObject), for: Self.account, now: now)
        }
        let passkey = try register(at: Self.now)
        #expect(passkey.credentialID == Self.bytes(vector.credentialID))
        #expect(passkey.isBackedUp && passkey.isBackupEligible && passkey.signCount == 1)
        #expect(throws: PasskeyFault.challenge) { try register(at: Self.now.adding(seconds: 300)) }

        let stored = PasskeyVerifier.StoredPasskey(
            account: Self.account, address: "ann@example.org", publicKey: passkey.publicKey, signCount: 1,
            isBackupEligible: true)
        let assertion = PasskeyVerifier.Assertion(
            clientData: Self.bytes(vector.loginClientData), authenticatorData: Self.bytes(vector.authenticatorData),
            signature: Self.bytes(vector.signature), userHandle: Array(Self.account.rawValue.utf8))
        #expect(try Self.verifier.authenticate(assertion, with: stored, now: Self.now).signCount == 2)

        for index in assertion.signature.indices {
            var forged = assertion
            forged.signature[index] ^= 1
            #expect(throws: PasskeyFault.signature) {
                try Self.verifier.authenticate(forged, with: stored, now: Self.now)
            }
        }
        var copied = stored
        copied.signCount = 2
        #expect(throws: PasskeyFault.counter) {
            try Self.verifier.authenticate(assertion, with: copied, now: Self.now)
        }
        // Each bit of what was signed counts.
        for index in assertion.authenticatorData.indices {
            var forged = assertion
            forged.authenticatorData[index] ^= 1
            #expect(throws: PasskeyFault.self) {
                try Self.verifier.authenticate(forged, with: stored, now: Self.now)
            }
        }
    }

    @Test(
        "CBOR that no authenticator writes is no value",
        arguments: [
            "1800", "190017", "9f01ff", "5f4100ff", "c100", "f90000", "fb0000000000000000", "f7", "a201010102",
            "62ff00",
            "5affffffff", "9bffffffffffffffff", "818181818101", "a1", "1c", "18", "40" + "00",
        ])
    func badCBOR(_ hex: String) throws {
        var rest = try #require([UInt8](hex: hex))[...]
        let value = CBORValue(takingFrom: &rest)
        #expect(value == nil || !rest.isEmpty)
    }

    @Test("CBOR is read")
    func goodCBOR() throws {
        var rest = try #require([UInt8](hex: "a30161612061620242fffe"))[...]
        let value = try #require(CBORValue(takingFrom: &rest))
        #expect(value[1] == .text("a"))
        #expect(value[-1] == .text("b"))
        #expect(value[2]?.byteString == [0xFF, 0xFE])
        #expect(rest.isEmpty)
    }
}
