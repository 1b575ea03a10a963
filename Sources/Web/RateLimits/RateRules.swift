/// The limits of every class, for callers and for addresses.
public struct RateRules: Equatable, Sendable {
    /// Why settings make no rules.
    public struct Fault: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    public static let multipleRange = 0...100_000
    public static let nodesRange = 1...1_000

    private var perMinute: [RateClass: Int]
    private var multiples: [RateClass: Int]
    /// Of organisations that have another limit than the class ``RateClass/service``.
    private let organisations: [String: Int]
    /// Nodes that share the quotas: each gives its part of them.
    private let nodes: Int

    /// - Parameters:
    ///   - perMinute: what differs from the defaults, such as `hold=30`, in requests a minute of one caller.
    ///   - multiples: what differs from the defaults, such as `hold=100`: how many callers' quotas an address has. 0: no
    ///     limit for addresses.
    ///   - organisations: what the API keys of one organisation may ask for together, where that is not the limit of the class
    ///     `service`, such as `9t2c6w8m4k1x7v3d=60000`.
    ///   - nodes: how many nodes a caller's requests are spread over.
    public init(perMinute: [String] = [], multiples: [String] = [], organisations: [String] = [], nodes: Int = 1)
        throws(Fault)
    {
        self.perMinute = try Self.read(perMinute, in: RateLimit.perMinuteRange)
        self.multiples = try Self.read(multiples, in: Self.multipleRange)
        var limits: [String: Int] = [:]
        for word in organisations {
            let parts = word.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, let number = Int(parts[1]),
                RateLimit.perMinuteRange.contains(number)
            else {
                throw Fault(
                    description:
                        "“\(word)” is not of the form ID=N, with N from \(RateLimit.perMinuteRange.lowerBound) to "
                        + "\(RateLimit.perMinuteRange.upperBound).")
            }
            guard limits.updateValue(number, forKey: String(parts[0])) == nil else {
                throw Fault(description: "\(parts[0]) is there twice.")
            }
        }
        self.organisations = limits
        self.nodes = nodes
    }

    /// What one caller may do on this node.
    public func callerLimit(_ rateClass: RateClass) -> RateLimit { share(requests(rateClass)) }

    /// What the callers of one address may do together on this node; nil: as much as they like.
    public func addressLimit(_ rateClass: RateClass) -> RateLimit? {
        let multiple = multiples[rateClass] ?? rateClass.addressMultipleDefault
        return multiple == 0 ? nil : share(requests(rateClass) * multiple)
    }

    /// What the API keys of an organisation may ask for together on this node.
    public func organisationLimit(_ id: String) -> RateLimit { share(organisations[id] ?? requests(.service)) }

    private func requests(_ rateClass: RateClass) -> Int { perMinute[rateClass] ?? rateClass.perMinuteDefault }

    /// Rounded up: nobody's quota becomes nothing.
    private func share(_ requests: Int) -> RateLimit { RateLimit(perMinute: (requests + nodes - 1) / nodes) }

    private static func read(_ words: [String], in range: ClosedRange<Int>) throws(Fault) -> [RateClass: Int] {
        var numbers: [RateClass: Int] = [:]
        for word in words {
            let parts = word.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, let rateClass = RateClass(rawValue: String(parts[0])) else {
                let names = RateClass.allCases.map(\.rawValue).joined(separator: ", ")
                throw Fault(description: "“\(word)” is not of the form CLASS=N; the classes are \(names).")
            }
            guard let number = Int(parts[1]), range.contains(number) else {
                throw Fault(description: "“\(word)”: N must be \(range.lowerBound) to \(range.upperBound).")
            }
            guard numbers.updateValue(number, forKey: rateClass) == nil else {
                throw Fault(description: "\(rateClass.rawValue) is there twice.")
            }
        }
        return numbers
    }
}
