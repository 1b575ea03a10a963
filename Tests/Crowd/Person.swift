import Bots
import SeededRandom

/// How one person or one bot behaves.
struct Habits {
    /// Seconds from the first request to the first try.
    var thinking: ClosedRange<Double>
    /// Seconds between two tries; most are nearer to the first number.
    var pause: ClosedRange<Double>
    /// The share of second tries that follow at once: a double click.
    var doubleClicks = 0.0
    /// Tries before giving up.
    var triesMax: ClosedRange<Int>
    /// How many holds are placed and left before one is paid for; nil: none ever is.
    var holdsLeft: ClosedRange<Int>?
    /// Whether the seat map is looked at through this node.
    var looks = true
    var traits: HeaderTraits
    /// Where requests come from.
    var addresses: [UInt64]
    /// Requests until the next address.
    var triesPerAddress: Int
    /// A bot takes a new account after so many tries.
    var triesPerAccount = Int.max
    /// The share of challenges to work that are answered.
    var worksAt = 1.0
    /// Hashes a second.
    var hashesPerSecond = 300_000.0
    /// The share of a provider's challenges that are passed.
    var passesAt = 1.0
}

extension HeaderTraits {
    static func browser(_ agent: String, isBare: Bool = false) -> HeaderTraits {
        var traits = HeaderTraits(userAgent: agent)
        traits.isSecure = true
        traits.hasAcceptLanguage = true
        traits.hasFetchMetadata = !isBare
        traits.hasClientHints = !isBare && agent.contains("Chrome/")
        return traits
    }

    static func chrome(_ version: Int, on system: String) -> HeaderTraits {
        browser("Mozilla/5.0 (\(system)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/\(version).0.0.0 Safari/537.36")
    }
}

/// The five kinds of bots.
public enum BotKind: String, CaseIterable, Sendable {
    /// One account that tries as fast as it can.
    case sprinter
    /// Many accounts at one address, each of which tries a few times.
    case farm
    /// One account that comes from a new address every few requests.
    case roamer
    /// One account at a person's pace, in a real browser, that places holds and leaves them.
    case hoarder
    /// A scripted client that takes a fresh account for every few tries, at a person's pace and at addresses of people.
    case script
}
