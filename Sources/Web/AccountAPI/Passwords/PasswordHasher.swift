public import Accounts
import Crypto
import CryptoExtras
import Foundation
public import HTTPServer
import Metrics
import Threads

/// Hashes passwords with scrypt (RFC 7914). One hash takes a tenth of a second and more, and up to 128 MiB: so they are
/// computed on threads of their own, two at once, and a bounded number waits.
public final class PasswordHasher: Sendable {
    /// Hashes that are computed at once; each takes a core, and the memory of its cost.
    public static let atOnceMax = 2
    /// Hashes that wait for their turn: the last of them waits for some seconds. One more is refused.
    public static let waitingMax = 32
    /// When to come back then.
    private static let retryAfterSeconds = 5

    /// What new passwords cost, and those that somebody logs in with from now on.
    public let cost: ScryptCost
    private let line = BlockingLine(threadCount: atOnceMax, waitingMax: waitingMax, name: "passwords")
    private let refused = Counter(label: "holdfast_password_hashes_refused")
    /// What an address without an account is checked against, so that it takes as long as one with an account.
    private let nobodys: PasswordHash

    public init(cost: ScryptCost) {
        self.cost = cost
        nobodys = PasswordHash(
            cost: cost, salt: Self.random(PasswordHash.saltBytes), digest: Self.random(PasswordHash.digestBytes))
    }

    /// A password as it is to be stored.
    ///
    /// - Throws: ``Problem/Code/overloaded``
    public func hash(_ password: Password) async throws(Problem) -> PasswordHash {
        let salt = Self.random(PasswordHash.saltBytes)
        let digest = try await digest(of: password, cost, salt, byteCount: PasswordHash.digestBytes)
        return PasswordHash(cost: cost, salt: salt, digest: digest)
    }

    /// Whether the password is the one that was stored.
    ///
    /// - Parameters:
    ///   - password: nil: one that can't be anybody's.
    ///   - stored: nil: there is none. It takes as long as if there were one.
    /// - Throws: ``Problem/Code/overloaded``
    public func check(_ password: Password?, against stored: PasswordHash?) async throws(Problem) -> Bool {
        let hash = stored ?? nobodys
        let digest = try await digest(
            of: password ?? .impossible, hash.cost, hash.salt, byteCount: hash.digest.count)
        return hash.matches(digest: digest) && password != nil && stored != nil
    }

    private func digest(
        of password: Password, _ cost: ScryptCost, _ salt: [UInt8], byteCount: Int
    ) async throws(Problem) -> [UInt8] {
        let digest = await line.run { () -> [UInt8]? in
            do {
                return try KDF.Scrypt.deriveKey(
                    from: password.bytes, salt: salt, outputByteCount: byteCount, rounds: 1 << cost.logN,
                    blockSize: cost.blockSize, parallelism: cost.parallelism
                ).withUnsafeBytes { Array($0) }
            } catch {
                // The cost is one that scrypt allows, so there is no memory for it.
                return nil
            }
        }
        guard case .some(.some(let digest)) = digest else {
            refused.increment()
            throw Problem(
                .overloaded, detail: "Too many passwords are being checked at this moment.",
                retryAfterSeconds: Self.retryAfterSeconds)
        }
        return digest
    }

    private static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in .random(in: .min ... .max, using: &generator) }
    }
}
