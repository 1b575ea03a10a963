import Foundation
import SeededRandom

/// Something that a parser did with an input and must not.
struct Violation: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Feeds one parser its corpus as it is, then mutations of it.
///
/// Inputs that come to something new join those that are mutated, so a run gets deeper than its corpus. A run is its
/// parser, its corpus and its seed: the same seed gives the same inputs.
struct FuzzRun {
    /// The folder of the corpus, and what reports call the parser.
    var parser: String
    /// Mutated inputs in `tools/test`; a few seconds' worth.
    var inputs: Int
    /// More samples than the corpus folder has.
    var samples: [[UInt8]] = []
    var mutation: Mutator.Form = .text
    /// Words that mean something to the parser.
    var words: [String] = []
    /// Where the input at hand is, and what broke something is kept.
    var folder = FileManager.default.temporaryDirectory.path

    /// Inputs that are mutated.
    private static let poolMax = 2_000
    /// Bytes of an input: what larger ones come to is for tests of limits.
    private static let inputBytesMax = 64 * 1024
    /// Failures after which a run ends: one cause is often behind many.
    private static let failuresMax = 5

    /// Returns what failed, each with its input.
    ///
    /// - Parameters:
    ///   - plan: nil: as the environment says.
    ///   - parse: returns in a few words what the input came to, throws for what must not be. Refusals are results,
    ///     not errors: whatever is thrown is a failure.
    func run(plan: FuzzPlan? = nil, _ parse: ([UInt8]) throws -> String) throws -> [String] {
        let plan = plan ?? FuzzPlan(inputs: inputs)
        var mutator = Mutator(form: mutation, words: words, random: SeededGenerator(seed: plan.seed))
        let current = try CurrentInput(parser: parser, folder: folder)
        defer { current.close() }
        print("fuzz \(parser): seed \(plan.seed), \(plan.length); the input at hand is in \(current.path)")
        fflush(nil)  // A crash must not take the line with it.

        var pool: [[UInt8]] = []
        var known: Set<String> = []
        var failures: [String] = []
        func take(_ input: [UInt8], _ name: String) {
            current.set(input)
            do {
                guard try known.insert(parse(input)).inserted, pool.count < Self.poolMax else { return }
                pool.append(input)
            } catch {
                failures.append("\(parser): \(error) (\(name); \(current.keep(failures.count + 1)))")
            }
        }

        let corpus = try Corpus(parser: parser).files + samples.enumerated().map { ("sample \($0)", $1) }
        guard !corpus.isEmpty else { throw Violation("\(parser) has nothing to start from") }
        for (name, input) in corpus {
            take(input, name)
            if !pool.contains(input) { pool.append(input) }
        }
        var count = 0
        while plan.goesOn(after: count), failures.count < Self.failuresMax {
            let input = mutator.mutated(from: pool)
            take(Array(input.prefix(Self.inputBytesMax)), "seed \(plan.seed), input \(count)")
            count += 1
        }
        print("fuzz \(parser): \(count) inputs came to \(known.count) different results")
        return failures
    }
}

/// How long, and with which seed. `HOLDFAST_FUZZ_SECONDS` and `HOLDFAST_FUZZ_SEED` say otherwise than `tools/test` does.
struct FuzzPlan {
    let seed: UInt64
    private let inputs: Int
    private let end: ContinuousClock.Instant?
    private let seconds: Int?

    init(inputs: Int, environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.inputs = inputs
        seconds = environment["HOLDFAST_FUZZ_SECONDS"].flatMap { Int($0) }
        end = seconds.map { ContinuousClock.now + .seconds($0) }
        seed =
            environment["HOLDFAST_FUZZ_SEED"].flatMap { UInt64($0) }
            ?? (seconds == nil ? 1 : .random(in: 1...999_999_999))
    }

    var length: String { seconds.map { "\($0) s" } ?? "\(inputs) inputs" }

    func goesOn(after count: Int) -> Bool { end.map { .now < $0 } ?? (count < inputs) }
}
