public import Testing

/// One promise of a payment provider, as a test that any implementation can run.
public struct PaymentCase: Sendable, CustomTestStringConvertible {
    public let name: String
    public let run: @Sendable (any ProviderUnderTest) async throws -> Void
    public var testDescription: String { name }

    init(_ name: String, _ run: @escaping @Sendable (any ProviderUnderTest) async throws -> Void) {
        self.name = name
        self.run = run
    }

    /// The whole contract.
    public static let all: [PaymentCase] = authorizing + closing + moving + unanswered
}
