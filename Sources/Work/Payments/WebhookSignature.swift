internal import Crypto
internal import Foundation

/// The `Stripe-Signature` header of a webhook: who knows the endpoint's secret wrote this body, and lately
/// (https://docs.stripe.com/webhooks#verify-manually).
package struct WebhookSignature: Equatable, Sendable {
    /// How far from now, either way, it may have been signed: an old one may be a recording.
    package static let toleranceSeconds: Int64 = 300
    /// Stripe sends one signature for each secret that is valid, of which there are at most two.
    static let signaturesMax = 8
    private static let headerBytesMax = 2048

    /// Seconds since 1970, as it was signed.
    let time: Int64
    private let signedTime: String
    private let signatures: [[UInt8]]

    /// Nil: the header is not one: no time, or no signature of the version that we know.
    package init?(header: String) {
        guard header.utf8.count <= Self.headerBytesMax else { return nil }
        var signedTime: String?
        var signatures: [[UInt8]] = []
        for part in header.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { return nil }
            switch pair[0].trimmingCharacters(in: .whitespaces) {
            case "t":
                guard signedTime == nil else { return nil }
                signedTime = String(pair[1])
            case "v1":
                guard signatures.count < Self.signaturesMax, let signature = Self.bytes(ofHex: pair[1]) else {
                    return nil
                }
                signatures.append(signature)
            default: break  // Other versions, for others.
            }
        }
        guard let signedTime, let time = Int64(signedTime), !signatures.isEmpty else { return nil }
        self.time = time
        self.signedTime = signedTime
        self.signatures = signatures
    }

    /// - Parameter now: seconds since 1970.
    package func verifies(_ body: some Sequence<UInt8>, with secret: Secret, now: Int64) -> Bool {
        let (age, overflow) = now.subtractingReportingOverflow(time)
        guard !overflow, age.magnitude <= UInt64(Self.toleranceSeconds) else { return false }
        var code = HMAC<SHA256>(key: SymmetricKey(data: Array(secret.text.utf8)))
        code.update(data: Array("\(signedTime).".utf8))
        code.update(data: Array(body))
        let expected = code.finalize()
        // Every comparison takes as long whatever it finds, and none is left out.
        return signatures.reduce(false) { found, signature in (expected == signature) || found }
    }

    private static func bytes(ofHex text: Substring) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard text.utf8.count == 2 * SHA256.byteCount, digits.count == text.utf8.count else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
