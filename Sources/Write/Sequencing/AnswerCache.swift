import DequeModule
import Domain

/// The latest recorded answers, so that a replay costs no look-up. First in, first out.
struct AnswerCache: Sendable {
    private let countMax: Int
    private var order = Deque<CommandID>()
    private var answers: [CommandID: (fingerprint: [UInt8], answer: RecordedAnswer)] = [:]

    init(countMax: Int) { self.countMax = countMax }

    var count: Int { answers.count }

    subscript(id: CommandID) -> (fingerprint: [UInt8], answer: RecordedAnswer)? { answers[id] }

    mutating func insert(_ answer: RecordedAnswer, fingerprint: [UInt8]) {
        guard answers.updateValue((fingerprint, answer), forKey: answer.id) == nil else { return }
        order.append(answer.id)
        if order.count > countMax { answers[order.removeFirst()] = nil }
    }

    mutating func removeAll() {
        order.removeAll()
        answers.removeAll()
    }
}
