public import Testing

/// One promise of the log, as a test that any implementation can run.
public struct ContractCase: Sendable, CustomTestStringConvertible {
    public let name: String
    public let run: @Sendable (any LogUnderTest) async throws -> Void
    public var testDescription: String { name }

    init(_ name: String, _ run: @escaping @Sendable (any LogUnderTest) async throws -> Void) {
        self.name = name
        self.run = run
    }

    /// The whole contract.
    public static let all: [ContractCase] = appending + refusing + reading + concurrent + auditing
}
