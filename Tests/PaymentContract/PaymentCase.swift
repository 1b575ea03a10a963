import Testing

/// One promise of a payment provider, as a test that any implementation can run.
package struct PaymentCase: Sendable, CustomTestStringConvertible {
    package let name: String
    package let run: @Sendable (any ProviderUnderTest) async throws -> Void
    package var testDescription: String { name }

    init(_ name: String, _ run: @escaping @Sendable (any ProviderUnderTest) async throws -> Void) {
        self.name = name
        self.run = run
    }

    /// The whole contract.
    package static let all: [PaymentCase] = authorizing + closing + moving + unanswered + following
}
