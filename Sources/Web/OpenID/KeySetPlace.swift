import Foundation
public import Identity

/// Where an issuer publishes its public keys.
public enum KeySetPlace: Equatable, Sendable {
    /// A JWK Set in a file.
    case file(String)
    /// A JWK Set at a URL.
    case url(String)
    /// The JWK Set that the issuer's metadata name (OpenID Connect Discovery 1.0, section 4).
    case discovery(issuer: String)

    /// - Parameter text: a URL, or a file's path.
    /// - Throws: ``KeyError`` where it is a URL whose content anybody on the way could change.
    public init(_ text: String) throws(KeyError) {
        guard text.contains("://") else {
            self = .file(text)
            return
        }
        try Self.requireSafe(text)
        self = .url(text)
    }

    /// - Throws: ``KeyError`` where the issuer is no URL, or one whose content anybody on the way could change.
    public init(issuer: String) throws(KeyError) {
        try Self.requireSafe(issuer)
        self = .discovery(issuer: issuer)
    }

    var isFile: Bool {
        if case .file = self { true } else { false }
    }

    /// Refuses all but `https`, and `http` of this machine itself.
    static func requireSafe(_ text: String) throws(KeyError) {
        let url = URLComponents(string: text)
        let host = url?.host ?? ""
        let isOwn = ["localhost", "127.0.0.1", "[::1]", "::1"].contains(host)
        guard !host.isEmpty, url?.scheme == "https" || (url?.scheme == "http" && isOwn), url?.user == nil else {
            throw KeyError("\(text) must be an https URL: whoever could change its keys could make tokens.")
        }
    }
}

extension KeySetPlace {
    /// What a URL has; throws where there is no such answer.
    public typealias Fetch = @Sendable (_ url: String) async throws -> [UInt8]

    /// The JWK Set as it is there now.
    func read(_ fetch: Fetch) async throws -> [UInt8] {
        switch self {
        case .file(let path):
            return try Self.content(of: path)
        case .url(let url): return try await fetch(url)
        case .discovery(let issuer):
            let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
            let metadata: Metadata
            do {
                metadata = try JSONDecoder().decode(
                    Metadata.self, from: Data(try await fetch(base + "/.well-known/openid-configuration")))
            } catch let error as DecodingError {
                throw KeyError("the metadata of \(issuer) can't be read: \(error)")
            }
            // Else whoever controls one issuer's address could speak for another (section 4.3).
            guard metadata.issuer == issuer else {
                throw KeyError("the metadata of \(issuer) are those of \(metadata.issuer)")
            }
            try Self.requireSafe(metadata.jwks_uri)
            return try await fetch(metadata.jwks_uri)
        }
    }

    /// - Throws: ``KeyError`` where the file can't be read.
    static func content(of path: String) throws(KeyError) -> [UInt8] {
        guard let bytes = FileManager.default.contents(atPath: path) else { throw KeyError("\(path) can't be read.") }
        return Array(bytes)
    }

    /// Named as the standard does.
    private struct Metadata: Decodable {
        var issuer: String
        var jwks_uri: String
    }
}
