import Domain
import EventLog
import Following
import Projection
import Sequencing

/// Promises 3 and 4: what a caller is told is in the log, and is what everybody is told, for ever.
extension Judge {
    /// A process answers an attempt.
    ///
    /// - Parameters:
    ///   - isAlone: no other attempt with this key was ever made.
    ///   - othersUseKey: some attempt with this key was for another request.
    ///   - mustBeReplay: the same process had answered an attempt with this key before this one was sent.
    mutating func answered(
        _ request: CommandRequest, with answer: CommandAnswer, isAlone: Bool, othersUseKey: Bool,
        mustBeReplay: Bool = false
    ) {
        let id = request.id
        switch answer {
        case .recorded(let answer, let replayed):
            if replayed { tally.replays += 1 }
            if mustBeReplay && !replayed && !wasLost(id) {
                accuse(.answersAreFinal, "command \(id) is answered a second time, and not called a replay")
            }
            acknowledged(answer, to: request)
        case .keyReused:
            tally.keysReused += 1
            neverHappened(id)
            if !othersUseKey { accuse(.answersAreFinal, "command \(id) hears of another request under its key") }
        case .notRecorded:
            tally.notRecorded += 1
            neverHappened(id)
            if isAlone, let record = records[id]?.last, !record.isLost {
                accuse(.answersAreFinal, "command \(id) is recorded, and hears that it never reached the log")
            }
        case .unknown:
            tally.unknown += 1
        }
    }

    private mutating func acknowledged(_ answer: RecordedAnswer, to request: CommandRequest) {
        let id = request.id
        guard answer.id == id, answer.stream == request.stream else {
            return accuse(.answersAreFinal, "command \(id) gets the answer of \(answer.id)")
        }
        guard let lives = records[id] else {
            return accuse(.acknowledgedMeansDurable, "command \(id) is acknowledged and not in the log")
        }
        guard let record = record(behind: answer) else {
            let detail = "command \(id) is told \(answer.outcome) at \(answer.token); recorded is \(lives[0].outcome)"
            return accuse(.answersAreFinal, detail)
        }
        if record.isLost { tally.lostAnswers += 1 }
        guard record.fingerprint == request.fingerprint else {
            return accuse(.answersAreFinal, "command \(id) gets the answer of another request under its key")
        }
        given(answer.token, for: record.fact, "the caller of \(id)")
    }

    /// What an answer was made from. Two lives of a rejection may differ by nothing but their place.
    private func record(behind answer: RecordedAnswer) -> Record? {
        let lives = records[answer.id, default: []].filter { says(answer, $0) }
        let there = lives.filter { history.position($0.fact) == answer.token.position }
        // A life that was lost may have had the same place, in an epoch before.
        let isValid = epochs.judge(answer.token) == .valid
        return there.last { history.isInLog($0.fact) == isValid } ?? there.last ?? lives.last
    }

    private func says(_ answer: RecordedAnswer, _ record: Record) -> Bool {
        guard answer.outcome == record.outcome, answer.events.count == record.events.count else { return false }
        return zip(answer.events, record.events).allSatisfy { told, fact in
            guard case .success(let event) = history[fact].followed.event else { return false }
            return told.position == history.position(fact) && told.event.isEqual(to: event)
        }
    }

    /// What the session of whoever got this answer has seen of the log.
    func fact(of answer: RecordedAnswer) -> FactID {
        record(behind: answer)?.fact ?? History.root
    }

    /// In the end: the first answer that a client got is what the log says, unless the log has lost it.
    mutating func stands(_ answer: RecordedAnswer) {
        guard let lives = records[answer.id] else {
            return accuse(.acknowledgedMeansDurable, "command \(answer.id) was acknowledged and is not in the log")
        }
        if let last = lives.last, !last.isLost, lives.count == 1, !says(answer, last) {
            accuse(.answersAreFinal, "command \(answer.id) was told \(answer.outcome); recorded is \(last.outcome)")
        }
    }

    /// The key's record is gone, so it is free for another request.
    func wasLost(_ id: CommandID) -> Bool { records[id]?.contains(where: \.isLost) ?? false }
}
