import Testing

@testable import Traces

/// W3C Trace Context, level 1: the examples of the recommendation, and what breaks each of its rules.
@Suite("A trace context") struct TraceContextTests {
    private static let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func `is read and written as it came`() throws {
        let context = try #require(TraceContext(traceParent: Self.good))
        #expect(context.traceID == TraceID(high: 0x4BF9_2F35_77B3_4DA6, low: 0xA3CE_929D_0E0E_4736))
        #expect(context.spanID == 0x00F0_67AA_0BA9_02B7)
        #expect(context.isSampled)
        #expect(context.traceParent == Self.good)
    }

    @Test func `keeps the flag sampled, and no other`() throws {
        for (flags, isSampled) in [("00", false), ("01", true), ("02", false), ("03", true), ("ff", true)] {
            let context = try #require(TraceContext(traceParent: Self.good.dropLast(2) + flags))
            #expect(context.isSampled == isSampled)
            #expect(context.traceParent.hasSuffix(isSampled ? "-01" : "-00"))
        }
    }

    @Test func `of a later version is read by what version 00 knows`() throws {
        let later = "cc" + Self.good.dropFirst(2)
        #expect(TraceContext(traceParent: later)?.traceParent == Self.good)
        #expect(TraceContext(traceParent: later + "-what-the-future-will-be-like")?.isSampled == true)
        #expect(TraceContext(traceParent: later + ".what-the-future-will-be-like") == nil)
    }

    @Test(arguments: [
        "", "00", "x", good + "-x", good + " ", " " + good, good.uppercased(), "ff" + good.dropFirst(2),
        good.replacing("-", with: "_"), good + "," + good, "0x" + good.dropFirst(2),
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        String(repeating: "0", count: 55),
    ])
    func `is not read from anything else`(text: String) {
        #expect(TraceContext(traceParent: text) == nil)
    }

    @Test(arguments: [
        "a=1", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "rojo=1 , congo=2", "fw529a3039@dt=FfTTZBIFNDM", ",a=1,",
        "a_-*/=  x", "0tenant@vendor=v", "a=" + String(repeating: "z", count: 256),
    ])
    func `has what tracing systems noted`(state: String) {
        #expect(TraceContext(traceParent: Self.good, state: state)?.state == state)
    }

    @Test(arguments: [
        "", ",", " ", "a", "=1", "a=", "a=1,a=2", "A=1", "1a=1", "a=b=c", "a=1;b=2\u{7F}", "a@=1", "@a=1", "a@b@c=1",
        "a=é", "a=" + String(repeating: "z", count: 257), String(repeating: "k", count: 257) + "=1",
        (0..<33).map { "k\($0)=1" }.joined(separator: ","), "tenant@longer-than-14-x=1",
    ])
    func `ignores notes that are malformed, and stands`(state: String) {
        let context = TraceContext(traceParent: Self.good, state: state)
        #expect(context?.traceParent == Self.good)
        #expect(context?.state == nil)
    }
}
