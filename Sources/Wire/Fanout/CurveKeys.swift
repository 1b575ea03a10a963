internal import CZeroMQ

/// A CURVE public key: 32 bytes, written in 40 characters of Z85 (https://rfc.zeromq.org/spec/32).
public struct CurvePublicKey: Hashable, Sendable, CustomStringConvertible {
    let bytes: [UInt8]

    /// Nil unless `bytes` are 32.
    init?(bytes: [UInt8]) {
        guard bytes.count == Z85.keyBytes else { return nil }
        self.bytes = bytes
    }

    /// Nil unless `z85` is 40 characters of Z85.
    public init?(z85: some StringProtocol) {
        guard let bytes = Z85.decode(z85) else { return nil }
        self.bytes = bytes
    }

    /// In Z85.
    public var description: String { Z85.encode(bytes) }
}

/// A CURVE key pair (https://rfc.zeromq.org/spec/26). The secret half never shows up in a description or a dump.
public struct CurveKeyPair: Sendable, CustomStringConvertible, CustomReflectable {
    public let publicKey: CurvePublicKey
    let secretBytes: [UInt8]

    /// The pair of a secret key in Z85; the public key follows from it. Nil for anything else.
    public init?(secretZ85: some StringProtocol) {
        guard let secret = Z85.decode(secretZ85) else { return nil }
        var publicText = [CChar](repeating: 0, count: Z85.keyLength + 1)
        let result = unsafe publicText.withUnsafeMutableBufferPointer {
            unsafe zmq_curve_public($0.baseAddress, String(secretZ85))
        }
        guard result == 0, let publicKey = CurvePublicKey(z85: Z85.text(publicText)) else { return nil }
        self.publicKey = publicKey
        secretBytes = secret
    }

    /// A new pair, from the system's randomness.
    public static func generate() throws(FanoutError) -> CurveKeyPair {
        var publicText = [CChar](repeating: 0, count: Z85.keyLength + 1)
        var secretText = publicText
        let result = unsafe publicText.withUnsafeMutableBufferPointer { publicText in
            unsafe secretText.withUnsafeMutableBufferPointer { secretText in
                unsafe zmq_curve_keypair(publicText.baseAddress, secretText.baseAddress)
            }
        }
        guard result == 0 else {
            throw FanoutError(.last("zmq_curve_keypair"), "no CURVE key pair could be made")
        }
        guard let pair = CurveKeyPair(secretZ85: Z85.text(secretText)) else {
            throw FanoutError(code: .curveUnavailable, message: "libzmq made a CURVE key that it does not read back")
        }
        return pair
    }

    /// For the secret key file only.
    var secretZ85: String { Z85.encode(secretBytes) }

    public var description: String { "CURVE key pair with public key \(publicKey)" }

    public var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey]) }
}

/// Keys as text, by libzmq's own functions.
enum Z85 {
    static let keyBytes = 32
    static let keyLength = 40

    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        // Length and characters first: libzmq's function takes any length, and checks less in older versions.
        guard text.utf8.count == keyLength, text.utf8.allSatisfy(alphabet.contains) else { return nil }
        var bytes = [UInt8](repeating: 0, count: keyBytes)
        let decoded = unsafe bytes.withUnsafeMutableBufferPointer {
            unsafe zmq_z85_decode($0.baseAddress, String(text)) != nil
        }
        return decoded ? bytes : nil
    }

    static func encode(_ bytes: [UInt8]) -> String {
        precondition(bytes.count == keyBytes, "a CURVE key has 32 bytes")
        var text = [CChar](repeating: 0, count: keyLength + 1)
        let encoded = unsafe text.withUnsafeMutableBufferPointer { text in
            unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe zmq_z85_encode(text.baseAddress, bytes.baseAddress, bytes.count) != nil
            }
        }
        precondition(encoded, "32 bytes are a multiple of 4")
        return Self.text(text)
    }

    static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static let alphabet = Set(
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#".utf8)
}
