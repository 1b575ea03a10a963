import Bots
import SeededRandom

/// Draws who is there. Shares of kinds of fans are guesses that err towards the unusual: more people than in most crowds share
/// an address, guard their privacy, double-click, or can't make up their mind.
struct CrowdDrawing {
    var random: SeededGenerator
    private var lastAddress: UInt64 = 0
    private let systems = ["Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "Linux; Android 10; K"]
    private var mobile: [UInt64] = []
    private var offices: [(address: UInt64, traits: [HeaderTraits])] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        mobile = (0..<24).map { _ in address() }
        offices = (0..<6).map { _ in (address(), (0..<chance(3...5)).map { _ in browser() }) }
    }

    mutating func chance(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }

    /// Skewed towards the lower end.
    mutating func seconds(_ range: ClosedRange<Double>) -> Double {
        let x = Double.random(in: 0..<1, using: &random)
        return range.lowerBound + (range.upperBound - range.lowerBound) * x * x
    }

    mutating func address() -> UInt64 { random.next() }

    private mutating func browser() -> HeaderTraits {
        switch chance(0...9) {
        case 0...4: return .chrome(118 + chance(0...14), on: systems[chance(0...2)])
        case 5...6:
            return .browser(
                "Mozilla/5.0 (iPhone; CPU iPhone OS \(16 + chance(0...2))_\(chance(0...6)) like Mac OS X) Version/17 Safari/605"
            )
        case 7: return .browser("Mozilla/5.0 (X11; rv:\(115 + chance(0...20)).0) Gecko/20100101 Firefox")
        case 8: return .browser("Mozilla/5.0 (Macintosh) Version/15 Safari/605", isBare: true)
        default:
            return chance(0.5)
                ? HeaderTraits(userAgent: "TicketApp/4.\(chance(0...9)) okhttp/4.12")
                : HeaderTraits(userAgent: "TicketApp/4.\(chance(0...9)) CFNetwork/1498 Darwin/23")
        }
    }

    mutating func fan() -> Habits {
        var habits = Habits(
            thinking: 1.5...240, pause: 1.2...25, doubleClicks: 0.03, triesMax: 1...12, holdsLeft: 0...1,
            looks: !chance(0.2), traits: browser(), addresses: [address()], triesPerAddress: 3, worksAt: 0.9,
            passesAt: 0.95)
        // Impatient ones, and those who can't make up their mind.
        if chance(0.05) { habits.pause = 0.7...4 }
        if chance(0.15) { habits.holdsLeft = 1...3 }
        if chance(0.1) { habits.holdsLeft = nil; habits.triesMax = 1...4 }
        switch chance(0...99) {
        case 0...24:
            habits.addresses = (0..<chance(1...3)).map { _ in mobile[chance(0...23)] }
            habits.triesPerAddress = 2
        case 25...36:
            let office = offices[chance(0...5)]
            habits.addresses = [office.address]
            habits.traits = office.traits[chance(0...(office.traits.count - 1))]
        default: break
        }
        return habits
    }

    mutating func bot(_ kind: BotKind) -> Habits {
        // Half of them hash with a machine's speed, the others don't read what they are asked for.
        let works = chance(0.5) ? 1.0 : 0
        var habits = Habits(
            thinking: 0.2...3, pause: 3...12, triesMax: 40...80, traits: browser(), addresses: [address()],
            triesPerAddress: .max, worksAt: works, hashesPerSecond: 5_000_000, passesAt: 0.05)
        switch kind {
        case .sprinter:
            habits.pause = 0.05...0.6
            habits.triesMax = 100...300
        case .farm:
            habits.pause = 0.3...4
            habits.triesMax = 150...300
            habits.triesPerAccount = chance(2...6)
            habits.looks = chance(0.5)
        case .roamer:
            habits.addresses = (0..<40).map { _ in address() }
            habits.triesPerAddress = chance(1...2)
        case .hoarder: habits.thinking = 5...60
        case .script:
            habits.addresses = (0..<chance(4...12)).map { _ in address() }
            habits.triesPerAddress = chance(1...4)
            habits.triesPerAccount = chance(1...3)
            habits.looks = chance(0.3)
            habits.thinking = 1...8
            switch chance(0...2) {
            case 0: habits.traits = HeaderTraits(userAgent: "python-requests/2.32.3")
            case 1:
                habits.traits = .chrome(124, on: systems[0])
                habits.traits.hasClientHints = false
            default:
                habits.traits = .browser("Mozilla/5.0 (X11; rv:128.0) Gecko/20100101 Firefox")
                habits.traits.ja4 = "t13d1811h1_85036bcba153_d41ae481755e"
            }
        }
        return habits
    }
}
