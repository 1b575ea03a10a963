import Testing

@testable import Accounts

extension ParsersUnderFuzz {
    @Test("What authenticators write") func passkeys() async throws {
        try await fuzz(
            FuzzRun(
                parser: "passkey", inputs: 6_000, words: ["fmt", "none", "attStmt", "authData", "\u{1}\u{2}\u{3}&"])
        ) { input in
            var read: [String] = []
            var rest = input[...]
            if let value = CBORValue(takingFrom: &rest) {
                try expect(rest.endIndex == input.endIndex && rest.count < input.count, "a value of no bytes")
                if case .map(let members) = value {
                    try expect(members.count <= CBORValue.valuesMax / 2, "a map of any size")
                }
                read.append("value")
            }
            for data in [AuthenticatorData(input), AuthenticatorData(attestationObject: input)] {
                guard let data else { continue }
                read.append("data")
                guard let credential = data.credential else { continue }
                try expect((1...1023).contains(credential.id.count), "a credential with an id of any length")
                try expect(
                    (credential.key != nil) == (PasskeyPublicKey(cose: credential.publicKey) != nil),
                    "a key that would not be read again")
                read.append(credential.key == nil ? "credential" : "credential with key")
            }
            return read.joined(separator: ", ")
        }
    }
}
