public import Accounts
import Foundation
public import Identity
public import Logging
import Text

/// An identity provider that browsers log in at: its metadata, read when they are needed and kept for ten minutes, and its token
/// endpoint.
public actor OpenIDProvider {
    /// The provider can't be asked at this moment.
    public struct Unavailable: Error {}

    /// Posts a form; throws where there is no answer.
    public typealias Post =
        @Sendable (_ url: String, _ form: String, _ authorization: String?) async throws
        -> (status: UInt, body: [UInt8])

    public struct Limits: Sendable {
        /// For which metadata that were read count.
        public var interval = Duration.seconds(600)
        /// Between two attempts after one that failed.
        public var pause = Duration.seconds(5)

        public init() {}
    }

    public nonisolated let issuer: String
    public nonisolated let client: ProviderClient
    private let fetch: KeySetPlace.Fetch
    private let post: Post
    private let limits: Limits
    private let logger: Logger
    private var known: ProviderMetadata?
    /// Nil: they were never tried.
    private var triedAt: ContinuousClock.Instant?
    private var hasFailed = false
    private var underWay: Task<ProviderMetadata?, Never>?

    /// - Throws: ``KeyError`` where the issuer is no URL, or one whose content anybody on the way could change.
    public init(
        issuer: String, client: ProviderClient, limits: Limits = Limits(),
        fetch: @escaping KeySetPlace.Fetch = KeySetClient.fetch, post: @escaping Post = KeySetClient.post,
        logger: Logger
    ) throws(KeyError) {
        try KeySetPlace.requireSafe(issuer)
        self.issuer = issuer
        self.client = client
        self.limits = limits
        self.fetch = fetch
        self.post = post
        self.logger = logger
    }

    // MARK: Metadata

    /// What the provider says of itself. While it can't be asked, what it said before counts.
    ///
    /// - Throws: ``Unavailable`` where it was never heard.
    public func metadata() async throws(Unavailable) -> ProviderMetadata {
        let interval = hasFailed ? limits.pause : limits.interval
        if let triedAt, triedAt.duration(to: .now) < interval, underWay == nil {
            guard let known else { throw Unavailable() }
            return known
        }
        // One that is old is good enough while it is read again.
        if let known, underWay != nil { return known }
        guard let metadata = await refresh().value ?? known else { throw Unavailable() }
        return metadata
    }

    private func refresh() -> Task<ProviderMetadata?, Never> {
        if let underWay { return underWay }
        triedAt = .now
        let task = Task { await read() }
        underWay = task
        return task
    }

    private func read() async -> ProviderMetadata? {
        defer { underWay = nil }
        do {
            let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
            let metadata = try ProviderMetadata(
                try await fetch(base + "/.well-known/openid-configuration"), of: issuer)
            known = metadata
            hasFailed = false
            return metadata
        } catch {
            // Once, not with every log-in.
            if !hasFailed {
                logger.warning(
                    "the identity provider's metadata can't be read",
                    metadata: ["issuer": "\(issuer)", "reason": "\(error)"])
            }
            hasFailed = true
            return nil
        }
    }

    // MARK: Codes

    /// What a provider gives for a code.
    public struct Tokens: Sendable {
        public var idToken: String
        /// Nil: the answer has none. Nobody here needs it but to check the ID token.
        public var accessToken: String?
    }

    public enum ExchangeFault: Error, Equatable {
        /// Nobody can say whether the code is still good.
        case unavailable
        case refused(ProviderError)
    }

    /// Exchanges a code for an ID token (OpenID Connect Core 1.0, section 3.1.3). Never tried twice: a code is good once.
    public func exchange(
        code: String, of attempt: LoginAttempt, _ metadata: ProviderMetadata
    ) async throws(ExchangeFault) -> Tokens {
        var form = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", client.redirectURL),
            ("code_verifier", attempt.verifier),
        ]
        var authorization: String?
        switch (client.secret, metadata.authentication) {
        case (nil, _): form.append(("client_id", client.clientID))
        case (let secret?, .basic):
            // Escaped before they are joined (RFC 6749, section 2.3.1).
            let pair = "\(FormEncoding.escaped(client.clientID)):\(FormEncoding.escaped(secret))"
            authorization = "Basic \(Data(pair.utf8).base64EncodedString())"
        case (let secret?, .post): form += [("client_id", client.clientID), ("client_secret", secret)]
        }
        let status: UInt
        let body: [UInt8]
        do {
            (status, body) = try await post(metadata.tokenEndpoint, FormEncoding.encode(form), authorization)
        } catch {
            // The request has the secret; the error may have the request.
            throw unavailable("\(type(of: error))")
        }
        guard status == 200 else {
            // 401 is for a client that is not who it says (section 5.2).
            guard status == 400 || status == 401, let refusal: Refusal = Self.decode(body) else {
                throw unavailable("its token endpoint answers \(status)")
            }
            let error = ProviderError(named: refusal.error)
            guard error == .invalidGrant else {
                // It is this client's fault, not the browser's.
                logger.error(
                    "the identity provider refuses this client",
                    metadata: ["issuer": "\(issuer)", "error": "\(error)"])
                throw .refused(error)
            }
            throw .refused(error)
        }
        guard let answer: Answer = Self.decode(body), answer.token_type.lowercased() == "bearer" else {
            throw unavailable("its token endpoint answers what is no ID token")
        }
        return Tokens(idToken: answer.id_token, accessToken: answer.access_token)
    }

    private func unavailable(_ reason: String) -> ExchangeFault {
        logger.warning(
            "the identity provider can't be asked", metadata: ["issuer": "\(issuer)", "reason": "\(reason)"])
        return .unavailable
    }

    private static func decode<T: Decodable>(_ json: [UInt8]) -> T? {
        do { return try JSONDecoder().decode(T.self, from: Data(json)) } catch { return nil }
    }

    /// Named as the standards do.
    private struct Answer: Decodable {
        var id_token: String
        var access_token: String?
        var token_type: String
    }

    private struct Refusal: Decodable {
        var error: String
    }
}
