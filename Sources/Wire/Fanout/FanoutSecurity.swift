/// Who may subscribe to a publisher.
public enum PublisherSecurity: Sendable {
    /// Everybody on this machine, in clear. Only endpoints that nobody else can reach.
    case local
    /// Those who own one of these keys, encrypted (https://rfc.zeromq.org/spec/26), on any endpoint.
    ///
    /// The list is not optional: without one, libzmq would encrypt for whoever comes.
    case curve(server: CurveKeyPair, allowedClients: Set<CurvePublicKey>)
}

/// Whom a subscriber believes.
public enum SubscriberSecurity: Sendable {
    /// Publishers on this machine, in clear.
    case local
    /// On these endpoints only the owners of these keys; on other endpoints of this machine, anybody.
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
            for endpoint in endpoints where !endpoint.isLocal {
                throw FanoutError(
                    code: .insecureEndpoint,
                    message: """
                        others than this machine can reach \(endpoint): binding it needs a CURVE server key and a \
                        list of the allowed clients' public keys; or bind tcp://127.0.0.1 or ipc://
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
        guard endpoint.isLocal else {
            throw FanoutError(
                code: .insecureEndpoint,
                message: """
                    \(endpoint) is not on this machine: connecting to it needs a CURVE client key and the public key \
                    of the server at exactly this endpoint
                    """)
        }
        return nil
    }
}
