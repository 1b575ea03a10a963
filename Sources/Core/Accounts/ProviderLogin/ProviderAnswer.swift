/// What a provider's redirection back to this instance says (RFC 6749, section 4.1.2; RFC 9207), unchecked.
public struct ProviderAnswer: Sendable {
    /// Bytes of a code; providers send some hundred at most.
    public static let codeBytesMax = 2048

    public var state: String?
    public var issuer: String?
    public var code: String?
    public var error: String?

    public init(state: String?, issuer: String?, code: String?, error: String?) {
        self.state = state
        self.issuer = issuer
        self.code = code
        self.error = error
    }

    /// The code, if this answers the attempt.
    ///
    /// - Parameters:
    ///   - issuer: the provider that was asked.
    ///   - namesIssuer: whether it says in each answer that it is its own.
    /// - Throws: ``ProviderLoginFault``. What the answer says besides is not looked at until its state is right.
    public func code(
        for attempt: LoginAttempt, askedOf issuer: String, namesIssuer: Bool
    ) throws(ProviderLoginFault) -> String {
        guard let state, attempt.isNamed(by: state) else { throw .state }
        guard self.issuer == issuer || (self.issuer == nil && !namesIssuer) else { throw .issuer }
        if let error { throw .declined(ProviderError(named: error)) }
        guard let code, (1...Self.codeBytesMax).contains(code.utf8.count) else { throw .noCode }
        return code
    }
}
