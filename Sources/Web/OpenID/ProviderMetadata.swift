public import Accounts
import Foundation
public import Identity
import Text

/// What an identity provider says of itself (OpenID Connect Discovery 1.0, section 3), as far as a log-in needs it.
public struct ProviderMetadata: Sendable, Equatable {
    /// How this client says to the token endpoint who it is (OpenID Connect Core 1.0, section 9).
    public enum ClientAuthentication: Sendable {
        /// `client_secret_basic`.
        case basic
        /// `client_secret_post`.
        case post
    }

    public let issuer: String
    public let authorizationEndpoint: String
    public let tokenEndpoint: String
    /// Nil: the provider ends its own session in no way that a client may begin.
    public let endSessionEndpoint: String?
    /// Whether each of its answers says that it is its own (RFC 9207, section 3).
    public let namesIssuer: Bool
    public let authentication: ClientAuthentication

    /// - Parameters:
    ///   - json: as the provider publishes it.
    ///   - issuer: whom it has to be of.
    /// - Throws: ``KeyError`` where it can't be read, is another's, or names what nobody should be sent to.
    public init(_ json: [UInt8], of issuer: String) throws(KeyError) {
        let document: Document
        do { document = try JSONDecoder().decode(Document.self, from: Data(json)) } catch {
            throw KeyError("the metadata of \(issuer) can't be read: \(error)")
        }
        // Else whoever controls one issuer's address could speak for another (section 4.3).
        guard document.issuer == issuer else {
            throw KeyError("the metadata of \(issuer) are those of another issuer")
        }
        guard document.code_challenge_methods_supported?.contains(CodeChallenge.method) ?? true else {
            throw KeyError("\(issuer) does not know PKCE with \(CodeChallenge.method)")
        }
        for endpoint in [document.authorization_endpoint, document.token_endpoint] {
            try Self.requireEndpoint(endpoint)
        }
        if let endpoint = document.end_session_endpoint { try Self.requireEndpoint(endpoint) }
        self.issuer = issuer
        authorizationEndpoint = document.authorization_endpoint
        tokenEndpoint = document.token_endpoint
        endSessionEndpoint = document.end_session_endpoint
        namesIssuer = document.authorization_response_iss_parameter_supported ?? false
        // Where nothing is said it is the former (section 3).
        let methods = document.token_endpoint_auth_methods_supported ?? ["client_secret_basic"]
        authentication =
            methods.contains("client_secret_post") && !methods.contains("client_secret_basic") ? .post : .basic
    }

    private static func requireEndpoint(_ text: String) throws(KeyError) {
        try KeySetPlace.requireSafe(text)
        guard !text.contains("#"), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw KeyError("\(text) is no endpoint of a provider.")
        }
    }

    /// Named as the standards do.
    private struct Document: Decodable {
        var issuer: String
        var authorization_endpoint: String
        var token_endpoint: String
        var end_session_endpoint: String?
        var code_challenge_methods_supported: [String]?
        var token_endpoint_auth_methods_supported: [String]?
        var authorization_response_iss_parameter_supported: Bool?
    }

    // MARK: Where browsers go

    /// Where a browser is sent to log in (OpenID Connect Core 1.0, section 3.1.2.1).
    public func authorizationURL(for attempt: LoginAttempt, _ client: ProviderClient) -> String {
        Self.url(
            authorizationEndpoint,
            [
                ("response_type", "code"), ("client_id", client.clientID), ("redirect_uri", client.redirectURL),
                ("scope", client.scopes.joined(separator: " ")), ("state", attempt.state), ("nonce", attempt.nonce),
                ("code_challenge", CodeChallenge.challenge(of: attempt.verifier)),
                ("code_challenge_method", CodeChallenge.method),
            ])
    }

    /// Where a browser is sent to end its session at the provider (OpenID Connect RP-Initiated Logout 1.0, section 2); nil:
    /// nowhere.
    public func logoutURL(_ client: ProviderClient) -> String? {
        endSessionEndpoint.map {
            Self.url($0, [("client_id", client.clientID), ("post_logout_redirect_uri", client.afterLogoutURL)])
        }
    }

    private static func url(_ endpoint: String, _ parameters: [(String, String)]) -> String {
        endpoint + (endpoint.contains("?") ? "&" : "?") + FormEncoding.encode(parameters)
    }
}
