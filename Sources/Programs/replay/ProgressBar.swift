import Foundation

/// A line on standard error that says how far the work is, how fast it goes and how long it will take: drawn over and
/// over on a terminal, now and then elsewhere.
struct ProgressBar {
    private static let width = 30
    private let label: String
    private let total: Int64
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let started = ContinuousClock.now
    private var drawn: ContinuousClock.Instant?

    init(_ label: String, total: Int64) {
        self.label = label
        self.total = max(total, 1)
    }

    mutating func update(_ done: Int64) {
        guard done < total else { return }  // The end is drawn by finish.
        let pause = isTerminal ? Duration.milliseconds(100) : .seconds(5)
        if let drawn, drawn.duration(to: .now) < pause { return }
        drawn = .now
        draw(done)
    }

    func finish(_ done: Int64) {
        draw(done)
        if isTerminal { write("\n") }
    }

    private func draw(_ done: Int64) {
        let elapsed = started.duration(to: .now) / .seconds(1)
        let rate = elapsed > 0 ? Double(done) / elapsed : 0
        let left = rate > 0 ? Int((Double(total - done) / rate).rounded(.up)) : 0
        let filled = Int(Double(Self.width) * Double(done) / Double(total))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
        let percent = Int(100 * Double(done) / Double(total))
        let text = "\(label) [\(bar)] \(percent) %  \(done)/\(total) events  \(Int(rate))/s  \(left) s left"
        write(isTerminal ? "\r\u{1B}[K" + text : text + "\n")
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
