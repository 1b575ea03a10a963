/// Who may subscribe to a publisher.
public enum PublisherSecurity: Sendable {
    /// Everybody who may open the socket's file, in clear. Only `ipc://` endpoints.
    case local
    /// Those who own one of these keys, encrypted (https://rfc.zeromq.org/spec/26), on any endpoint.
    ///
    /// The list is not optional: without one, libzmq would encrypt for whoever comes.
    case curve(server: CurveKeyPair, allowedClients: Set<CurvePublicKey>)
}

/// Whom a subscriber believes.
public enum SubscriberSecurity: Sendable {
    /// Whoever could make the socket's file, in clear. Only `ipc://` endpoints.
    case local
    /// On these endpoints only the owners of these keys; on other `ipc://` endpoints, whoever could make the file.
    case curve(client: CurveKeyPair, servers: [FanoutEndpoint: CurvePublicKey])
}

extension PublisherSecurity {
    /// Throws where `endpoints` would let strangers in.
    func check(_ endpoints: [FanoutEndpoint]) throws(FanoutError) {
        guard !endpoints.isEmpty else {
            throw FanoutError(code: .invalidConfiguration, message: "a publisher needs an endpoint to bind")
        }
        switch self {
        case .local:
            for endpoint in endpoints where !endpoint.isGuardedByFiles {
                throw FanoutError(
                    code: .insecureEndpoint,
                    message: """
                        any program that reaches \(endpoint) could listen: binding it needs a CURVE server key and a \
                        list of the allowed clients' public keys; or bind ipc://
                        """)
            }
        case .curve(_, let allowedClients):
            guard !allowedClients.isEmpty else {
                throw FanoutError(
                    code: .insecureEndpoint, message: "the list of allowed clients' public keys is empty")
            }
            try requireCurve()
        }
    }
}

extension SubscriberSecurity {
    /// The key to ask of the publisher at `endpoint`; nil: none. Throws where it could be a stranger.
    func serverKey(for endpoint: FanoutEndpoint) throws(FanoutError) -> CurvePublicKey? {
        if case .curve(_, let servers) = self, let key = servers[endpoint] { return key }
        guard endpoint.isGuardedByFiles else {
            throw FanoutError(
                code: .insecureEndpoint,
                message: """
                    any program could bind \(endpoint): connecting to it needs a CURVE client key and the public key \
                    of the server at exactly this endpoint; or connect to ipc://
                    """)
        }
        return nil
    }
}
