import NIOCore
import Testing

@testable import HTTPServer

@Suite("A connection's deadlines")
struct ConnectionPaceTests {
    private let limits = ServerLimits()
    private static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(1_000_000_000) + .seconds(seconds) }
    private var pace: ConnectionPace { ConnectionPace(limits: limits, now: Self.at(0)) }

    @Test("A connection without a request is idle")
    func idle() throws {
        var pace = pace
        #expect(try #require(pace.deadline) == (Self.at(60), .idle))
        pace.headersArrived(now: Self.at(5))
        let isDone = pace.requestEnded()
        #expect(!isDone)
        #expect(pace.deadline == nil)
        pace.answerEnded(now: Self.at(100))
        #expect(try #require(pace.deadline) == (Self.at(160), .idle))
    }

    @Test("Dripping headers don't move their deadline")
    func headers() throws {
        var pace = pace
        for second in 3..<12 { pace.bytesArrived(now: Self.at(Int64(second))) }
        #expect(try #require(pace.deadline) == (Self.at(13), .headers))
        pace.headersArrived(now: Self.at(12))
        #expect(try #require(pace.deadline) == (Self.at(22), .body))
    }

    @Test("A dripping body gets no more time, a large one does")
    func body() throws {
        var pace = pace
        pace.headersArrived(now: Self.at(0))
        for _ in 0..<100 { pace.bodyArrived(bytes: 1) }
        #expect(try #require(pace.deadline) == (Self.at(10), .body))
        pace.bodyArrived(bytes: 15 << 20)
        #expect(try #require(pace.deadline) == (Self.at(250), .body))
        pace.abandon()
        #expect(pace.deadline == nil)
        pace.answerEnded(now: Self.at(251))
        #expect(try #require(pace.deadline) == (Self.at(253), .linger))
    }

    @Test("An answer before the end of its request ends the connection, after a while for reading it")
    func linger() throws {
        var pace = pace
        pace.headersArrived(now: Self.at(0))
        #expect(pace.isAnsweringEarly)
        pace.answerEnded(now: Self.at(1))
        #expect(try #require(pace.deadline) == (Self.at(3), .linger))
        pace.bodyArrived(bytes: 1 << 20)
        #expect(!pace.isDeaf)
        pace.bodyArrived(bytes: 1)
        #expect(pace.isDeaf)
        let isDone = pace.requestEnded()
        #expect(isDone)
    }

    @Test("A request behind another waits without a deadline, and then has its whole time")
    func pipelined() throws {
        var pace = pace
        pace.headersArrived(now: Self.at(0))
        _ = pace.requestEnded()
        pace.headersArrived(now: Self.at(0))
        pace.bodyArrived(bytes: 10)
        #expect(pace.deadline == nil)
        #expect(!pace.isAnsweringEarly)
        pace.answerEnded(now: Self.at(30))
        #expect(try #require(pace.deadline) == (Self.at(40), .body))
        _ = pace.requestEnded()
        pace.answerEnded(now: Self.at(35))
        #expect(try #require(pace.deadline) == (Self.at(95), .idle))
    }

    @Test("An answer that is not read has its own deadline")
    func stall() throws {
        var pace = pace
        pace.headersArrived(now: Self.at(0))
        _ = pace.requestEnded()
        pace.writabilityChanged(false, now: Self.at(2))
        #expect(try #require(pace.deadline) == (Self.at(32), .writeStall))
        pace.writabilityChanged(true, now: Self.at(3))
        #expect(pace.deadline == nil)
    }

    @Test("A server that stops waits a moment for a request that is on its way, and for what has begun")
    func stopping() throws {
        var idle = pace
        idle.stop(now: Self.at(1))
        #expect(try #require(idle.deadline) == (Self.at(1) + TimeAmount(limits.shutdownIdleTimeout), .idle))

        var headers = pace
        headers.bytesArrived(now: Self.at(1))
        headers.stop(now: Self.at(2))
        headers.stop(now: Self.at(3))
        #expect(try #require(headers.deadline) == (Self.at(2) + TimeAmount(limits.shutdownReadTimeout), .headers))
        headers.headersArrived(now: Self.at(4))
        #expect(try #require(headers.deadline) == (Self.at(2) + TimeAmount(limits.shutdownReadTimeout), .body))
        // What runs out sooner anyway, does.
        var old = pace
        old.bytesArrived(now: Self.at(0))
        old.stop(now: Self.at(9))
        #expect(try #require(old.deadline) == (Self.at(10), .headers))
    }

    @Test("Of a server that stops, the answer with no request behind it is the last")
    func lastAnswer() throws {
        var pace = pace
        for _ in 1...2 {
            pace.headersArrived(now: Self.at(1))
            let isDone = pace.requestEnded()
            #expect(!isDone)
        }
        #expect(!pace.isAnsweringLast)
        pace.stop(now: Self.at(2))
        #expect(!pace.isAnsweringLast)
        pace.answerEnded(now: Self.at(3))
        #expect(pace.isAnsweringLast && !pace.isFinished)
        pace.lastAnswerBegan()
        pace.answerEnded(now: Self.at(4))
        #expect(pace.isFinished)
        #expect(try #require(pace.deadline) == (Self.at(4) + TimeAmount(limits.lingerTimeout), .linger))
    }
}
