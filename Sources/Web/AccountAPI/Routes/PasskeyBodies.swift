import Accounts
import HTTPServer
import Text
import WebAPI

/// `POST /auth/login/passkey/options`; the body may be missing.
struct PasskeyLoginOptionsBody: Decodable {
    /// Whose passkey is to answer; nil: anybody's.
    var email: String?
}

/// `POST /auth/passkeys`.
struct NewPasskeyBody: Decodable {
    var name: String?
    var credential: PasskeyCredential<Attestation>

    /// What a browser's `toJSON()` of a new credential has (`AuthenticatorAttestationResponseJSON`). What is repeated of the
    /// attestation object is not looked at.
    struct Attestation: Decodable {
        var clientDataJSON: String
        var attestationObject: String
        var authenticatorData: String?
        var publicKey: String?
        var publicKeyAlgorithm: Int?
        var transports: [String]?
    }
}

/// `POST /auth/login/passkey`.
struct PasskeyLoginBody: Decodable {
    var credential: PasskeyCredential<Assertion>

    /// What a browser's `toJSON()` of an answer has (`AuthenticatorAssertionResponseJSON`).
    struct Assertion: Decodable {
        var clientDataJSON: String
        var authenticatorData: String
        var signature: String
        var userHandle: String?
        /// Of an older form of the standard.
        var attestationObject: String?
    }
}

/// `PATCH /auth/passkeys/{passkeyId}`.
struct PasskeyNameBody: Decodable {
    var name: String
}

/// What a browser's `PublicKeyCredential.toJSON()` has (Web Authentication Level 3, section 5.1).
struct PasskeyCredential<Response: Decodable>: Decodable {
    var id: String
    var rawId: String?
    var type: String
    var response: Response
    var authenticatorAttachment: String?
    /// No extension is asked for; browsers say something of their own accord all the same.
    var clientExtensionResults: AnyObject?

    /// An object whose members are not looked at.
    struct AnyObject: Decodable {
        init(from decoder: any Decoder) throws {}
    }
}

/// Characters of a passkey's name.
let passkeyNameCharactersMax = 64

extension Problem {
    /// A name that its owner can read, on one line.
    ///
    /// - Throws: ``Problem/Code/invalidRequest``
    static func checkedPasskeyName(_ name: String) throws(Problem) -> String {
        let scalars = name.unicodeScalars
        guard (1...passkeyNameCharactersMax).contains(scalars.count),
            scalars.allSatisfy({ $0.properties.generalCategory != .control && $0 != "\u{2028}" && $0 != "\u{2029}" })
        else {
            throw Problem(
                .invalidRequest, detail: "name must have 1 to \(passkeyNameCharactersMax) printable characters.")
        }
        return name
    }
}
