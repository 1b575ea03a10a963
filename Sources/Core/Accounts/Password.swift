import Foundation

/// A password that somebody sent. No description of it tells what it is.
public struct Password: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Characters (Unicode scalars after normalization) that a password must have.
    public static let charactersMin = 8
    /// Characters that a password may have.
    public static let charactersMax = 128

    /// What is hashed: the text in Unicode's normalization form KC (NIST SP 800-63B, section 5.1.1.2), in UTF-8. So keyboards
    /// that compose letters in other ways write the same password.
    public let bytes: [UInt8]

    /// A password for a log-in; nil for one that is too long to be anybody's.
    public init?(attempt text: String) {
        guard let normalized = Self.normalize(text) else { return nil }
        bytes = Array(normalized.utf8)
    }

    /// A password for an account.
    ///
    /// - Parameter address: the account's address, which is the first that a guesser tries.
    /// - Throws: ``PasswordFault``
    public init(
        choosing text: String, for address: EmailAddress?, refusing common: CommonPasswords
    ) throws(PasswordFault) {
        guard let normalized = Self.normalize(text) else { throw .tooLong }
        guard normalized.unicodeScalars.count >= Self.charactersMin else { throw .tooShort }
        if common.contains(normalized) { throw .common }
        if let address {
            let lower = normalized.lowercased()
            if lower == address.normalized || lower == address.localPart { throw .likeAddress }
        }
        bytes = Array(normalized.utf8)
    }

    /// What is hashed in place of a password that can't be anybody's.
    public static let impossible = Password(bytes: [])

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Nil for one that is too long.
    private static func normalize(_ text: String) -> String? {
        // No scalar has more than four bytes. Normalization of an unbounded text would be a caller's to command.
        guard text.utf8.count <= charactersMax * 4 else { return nil }
        let normalized = text.precomposedStringWithCompatibilityMapping
        return normalized.unicodeScalars.count <= charactersMax ? normalized : nil
    }

    public var description: String { "(a password)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a password can't be an account's.
public enum PasswordFault: String, Error, CaseIterable, Sendable {
    case tooShort = "too-short"
    case tooLong = "too-long"
    case common
    case likeAddress = "like-address"

    /// For whoever chose it.
    public var sentence: String {
        switch self {
        case .tooShort: "The password has fewer than \(Password.charactersMin) characters."
        case .tooLong: "The password has more than \(Password.charactersMax) characters."
        case .common: "The password is one of those that are guessed first."
        case .likeAddress: "The password is the address, or the part of it before the at sign."
        }
    }
}
