import Bots

extension Crowd {
    /// The two numbers that matter, and a line for each kind.
    public static func report(fans: Tally, bots: [BotKind: Tally]) -> String {
        let all = bots.values.reduce(into: Tally()) { $0 += $1 }
        var lines = [
            "fans      \(fans.people), asked for something: \(fans.bothered) (\(percent(fans.botheredShare)))"
                + line(fans),
            "bots      \(all.people), tries stopped: \(all.stopped) of \(all.tries) (\(percent(all.stoppedShare)))",
        ]
        for kind in BotKind.allCases {
            let tally = bots[kind] ?? Tally()
            let name = kind.rawValue + String(repeating: " ", count: 8 - min(8, kind.rawValue.count))
            lines.append(
                "  \(name)\(tally.people), stopped: \(tally.stopped) of \(tally.tries) (\(percent(tally.stoppedShare)))"
                    + line(tally))
        }
        return lines.joined(separator: "\n")
    }

    private static func line(_ tally: Tally) -> String {
        let actions = BotAction.allCases.map { "\($0.rawValue) \(tally.actions[$0] ?? 0)" }.joined(separator: ", ")
        let signals = tally.signals.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }.prefix(4)
            .map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", ")
        return "\n            \(actions)" + (signals.isEmpty ? "" : "\n            because of \(signals)")
    }

    private static func percent(_ share: Double) -> String {
        let tenths = Int((share * 10_000).rounded())
        return "\(tenths / 100).\(tenths % 100 < 10 ? "0" : "")\(tenths % 100) %"
    }
}
