import EventLog
import Testing

@Suite("The epochs' history")
struct EpochHistoryTests {
    /// Epoch 2 was begun after a tail beyond 100 was lost, epoch 4 after one beyond 150.
    private let history = EpochHistory(epochs: [
        .init(epoch: 1, startsAfter: 0), .init(epoch: 2, startsAfter: 100), .init(epoch: 4, startsAfter: 150),
    ])

    @Test("knows the current epoch")
    func current() {
        #expect(history.current == 4)
    }

    @Test("keeps what was before the cut, and what the current epoch may yet get")
    func valid() {
        for token in ["1.0", "1.100", "2.101", "2.150", "4.150", "4.9000"] {
            #expect(history.judge(LogPosition(token)!) == .valid, "\(token)")
        }
    }

    @Test("says of what was in a cut tail that it is lost")
    func lost() {
        for token in ["1.101", "1.160", "2.151", "1.9000"] {
            #expect(history.judge(LogPosition(token)!) == .lost, "\(token)")
        }
    }

    @Test("does not know epochs that never began")
    func unknown() {
        for token in ["3.1", "5.0", "9.9"] {
            #expect(history.judge(LogPosition(token)!) == .unknownEpoch, "\(token)")
        }
    }
}
