import AsyncAlgorithms
import Foundation
public import Identity
public import Logging
public import ServiceLifecycle

/// Keeps an ``Authenticator`` supplied with the keys that its issuers publish, and with the list of denied tokens.
///
/// A file is looked at every second. A URL is read again every ten minutes, and at once when a token names a key that is not
/// there, but not more often than every half minute: made-up names cost the issuer nothing. What was read last is kept in a
/// folder, so that a node starts while the issuer is away.
public actor IssuerKeys: Service {
    public struct Limits: Sendable {
        /// Between two readings of a URL.
        public var interval = Duration.seconds(600)
        /// Between two attempts after one that failed, and between two that tokens with unknown keys cause.
        public var pause = Duration.seconds(30)

        public init() {}
    }

    private struct Source {
        let place: KeySetPlace
        /// Nil: it was never tried.
        var triedAt: ContinuousClock.Instant?
        var hasFailed = false
        var underWay: Task<Void, Never>?
        /// What the keys that count were read from.
        var bytes: [UInt8]?
    }

    /// Tokens that can be denied at a time.
    public static let deniedMax = 100_000

    private let authenticator: Authenticator
    private var sources: [Source]
    private let deniedFile: String?
    private var deniedBytes: [UInt8]?
    private var cannotReadDenied = false
    private let keptFolder: String?
    private let fetch: KeySetPlace.Fetch
    private let limits: Limits
    private let logger: Logger

    /// - Parameters:
    ///   - places: of each issuer, in the authenticator's order.
    ///   - deniedFile: has the `jti` of a denied token on each line; nil: none is denied.
    ///   - keptFolder: where sets of keys from URLs are kept; nil: nowhere.
    ///
    /// - Throws: ``KeyError`` where a file can't be read: a node that knows no keys has to stop.
    public init(
        for authenticator: Authenticator, at places: [KeySetPlace], deniedFile: String? = nil,
        keptFolder: String? = nil,
        limits: Limits = Limits(), fetch: @escaping KeySetPlace.Fetch = KeySetClient.fetch, logger: Logger
    ) throws(KeyError) {
        self.authenticator = authenticator
        self.deniedFile = deniedFile
        self.keptFolder = keptFolder
        self.limits = limits
        self.fetch = fetch
        self.logger = logger
        sources = []
        for (index, place) in places.enumerated() {
            var source = Source(place: place)
            if case .file(let path) = place {
                source.bytes = try KeySetPlace.content(of: path)
            } else if let path = Self.keptPath(keptFolder, index), FileManager.default.fileExists(atPath: path) {
                source.bytes = try KeySetPlace.content(of: path)
            }
            if let bytes = source.bytes { try Self.take(bytes, of: index, for: authenticator, logger) }
            sources.append(source)
        }
        deniedBytes = nil
        if let deniedFile {
            let bytes = try KeySetPlace.content(of: deniedFile)
            authenticator.deny(try Self.denied(in: bytes, of: deniedFile))
            deniedBytes = bytes
        }
        authenticator.onMissingKey { [weak self] index in await self?.keyIsMissing(ofIssuer: index) }
    }

    /// Works until graceful shutdown.
    public func run() async throws {
        await look()
        for await _ in AsyncTimerSequence(interval: .seconds(1), clock: ContinuousClock()).cancelOnGracefulShutdown() {
            await look()
        }
        for source in sources { source.underWay?.cancel() }
    }

    /// A token names a key that its issuer's set does not have: comes back when the set was read again, or soon, if that
    /// was done a short time ago.
    public func keyIsMissing(ofIssuer index: Int) async {
        if let underWay = sources[index].underWay { return await underWay.value }
        if let triedAt = sources[index].triedAt, triedAt.duration(to: .now) < limits.pause { return }
        await refresh(index).value
    }

    /// When all that is being read is read.
    func settled() async { for source in sources { await source.underWay?.value } }

    /// Reads again what is due.
    func look() async {
        do {
            try readDenied()
            cannotReadDenied = false
        } catch {
            // Once, not every second.
            if !cannotReadDenied {
                logger.error(
                    "the denied tokens can't be read; those read before stay denied", metadata: ["error": "\(error)"])
            }
            cannotReadDenied = true
        }
        for (index, source) in sources.enumerated() where source.underWay == nil {
            let interval = source.place.isFile ? .zero : source.hasFailed ? limits.pause : limits.interval
            if source.triedAt.map({ $0.duration(to: .now) >= interval }) ?? true { _ = refresh(index) }
        }
    }

    private func refresh(_ index: Int) -> Task<Void, Never> {
        sources[index].triedAt = .now
        let (place, fetch) = (sources[index].place, fetch)
        let task = Task {
            let result: Result<[UInt8], any Error>
            do { result = .success(try await place.read(fetch)) } catch { result = .failure(error) }
            finish(index, result)
        }
        sources[index].underWay = task
        return task
    }

    private func finish(_ index: Int, _ result: Result<[UInt8], any Error>) {
        sources[index].underWay = nil
        do {
            let bytes = try result.get()
            sources[index].hasFailed = false
            guard bytes != sources[index].bytes else { return }
            try Self.take(bytes, of: index, for: authenticator, logger)
            sources[index].bytes = bytes
            logger.info("an issuer's keys were read", metadata: ["issuer": "\(sources[index].place)"])
            if !sources[index].place.isFile, let path = Self.keptPath(keptFolder, index) {
                try Data(bytes).write(to: URL(filePath: path), options: .atomic)
            }
        } catch {
            // Once, not every second.
            if !sources[index].hasFailed {
                logger.error(
                    "an issuer's keys can't be read; those read before count",
                    metadata: ["issuer": "\(sources[index].place)", "error": "\(error)"])
            }
            sources[index].hasFailed = true
        }
    }

    private func readDenied() throws(KeyError) {
        guard let deniedFile else { return }
        let bytes = try KeySetPlace.content(of: deniedFile)
        guard bytes != deniedBytes else { return }
        deniedBytes = bytes
        authenticator.deny(try Self.denied(in: bytes, of: deniedFile))
    }

    private static func take(
        _ bytes: [UInt8], of index: Int, for authenticator: Authenticator, _ logger: Logger
    ) throws(KeyError) {
        let keys = try VerificationKeys(jwks: bytes)
        for key in keys.skipped {
            logger.warning(
                "a key of the issuer is not used", metadata: ["kid": "\(key.kid ?? "none")", "reason": "\(key.reason)"])
        }
        authenticator.replace(keys: keys, ofIssuer: index)
    }

    private static func keptPath(_ folder: String?, _ index: Int) -> String? {
        folder.map { "\($0)/issuer-\(index)-jwks.json" }
    }

    private static func denied(in bytes: [UInt8], of path: String) throws(KeyError) -> Set<String> {
        let ids = Set(String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init))
        guard ids.count <= deniedMax else { throw KeyError("\(path) has more than \(deniedMax) lines.") }
        return ids
    }
}
