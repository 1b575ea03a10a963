/// What happened, step by step: the last steps to be read, all of them as one number to be compared.
struct Trace {
    struct Step {
        var at: Moment
        /// What happened, in words.
        var what: StaticString
        /// To whom or through whom; -1: nobody in particular.
        var who: Int
        var numbers: (Int64, Int64)
    }

    /// Steps that can be read afterwards.
    private let stepsMax: Int
    private var steps: [Step] = []
    private var oldest = 0
    /// FNV-1a over every step, by 64-bit words.
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    init(stepsMax: Int) { self.stepsMax = stepsMax }

    mutating func note(_ at: Moment, _ what: StaticString, _ who: Int, _ first: Int64, _ second: Int64) {
        mix(UInt64(bitPattern: at))
        // The text's place in memory differs from run to run; its length and first letters don't.
        what.withUTF8Buffer { for byte in $0.prefix(8) { mix(UInt64(byte)) } }
        mix(UInt64(bitPattern: Int64(who)))
        mix(UInt64(bitPattern: first))
        mix(UInt64(bitPattern: second))
        let step = Step(at: at, what: what, who: who, numbers: (first, second))
        if steps.count < stepsMax {
            steps.append(step)
        } else if stepsMax > 0 {
            steps[oldest] = step
            oldest = (oldest + 1) % stepsMax
        }
    }

    private mutating func mix(_ word: UInt64) { hash = (hash ^ word) &* 0x0000_0100_0000_01B3 }

    /// A line for each step that is remembered, oldest first.
    var lines: [String] {
        (steps[oldest...] + steps[..<oldest]).map { step in
            let micros = String(step.at % 1_000_000)
            let time = "\(step.at / 1_000_000)." + String(repeating: "0", count: 6 - micros.count) + micros
            let who = step.who < 0 ? "" : " \(step.who)"
            return "\(time)  \(step.what)\(who)  \(step.numbers.0) \(step.numbers.1)"
        }
    }
}
